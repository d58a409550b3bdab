import numpy as np
import pytest
from sklearn.decomposition import PCA

from gald_viz.analysis.feature_maps import as_colours, components, mean_absolute, root_mean_square


def test_reductions_by_hand():
    features = np.array([[[3.0, -1.0]], [[-4.0, 1.0]]])

    np.testing.assert_allclose(mean_absolute(features), [[3.5, 1.0]])
    np.testing.assert_allclose(root_mean_square(features), [[np.sqrt(12.5), 1.0]])


def test_components_equal_sklearns_up_to_sign():
    features = np.random.default_rng(0).normal(size=(5, 6, 7)) * np.arange(1, 6)[:, None, None]

    found = components(features)

    reference = PCA(5).fit(features.reshape(5, -1).T)
    np.testing.assert_allclose(found.explained, reference.explained_variance_ratio_, rtol=1e-5)
    expected = reference.transform(features.reshape(5, -1).T)[:, :3].T.reshape(3, 6, 7)
    np.testing.assert_allclose(np.abs(found.maps), np.abs(expected), atol=1e-4)
    assert found.shown == pytest.approx(reference.explained_variance_ratio_[:3].sum(), rel=1e-5)


def test_effective_rank_of_equal_directions_is_their_number():
    # Four channels that are orthogonal and alike, and one that never moves.
    features = np.zeros((5, 4, 2))
    for channel in range(4):
        features[channel, channel] = [1.0, -1.0]

    found = components(features)

    assert found.effective_rank == pytest.approx(4.0)
    assert found.idle == 1
    flat = components(np.ones((2, 3, 3)))
    assert (flat.effective_rank, flat.shown, flat.idle) == (0.0, 0.0, 2)


def test_colours_span_each_components_own_range_and_a_flat_one_is_black():
    maps = np.stack([np.linspace(-1, 1, 11), np.linspace(0, 100, 11), np.zeros(11)])[:, None]

    rgb = as_colours(maps, clip=0.0)

    assert rgb.shape == (1, 11, 3)
    assert rgb[0, 0].tolist() == [0, 0, 0]
    assert rgb[0, -1].tolist() == [255, 255, 0]
    assert rgb[0, 5].tolist() == [128, 128, 0]
