import numpy as np
import pytest
from sklearn.decomposition import PCA

from gald_viz.analysis.placement import place, placed
from gald_viz.analysis.separation import Embedding, pca_map


@pytest.fixture
def vectors():
    return np.random.default_rng(2).normal(size=(40, 5)) * [5, 3, 1, 1, 1]


def test_pca_places_as_sklearns_projection_does(vectors):
    fitted, further = vectors[:30], vectors[30:]
    found = pca_map(fitted)

    points = place(found, fitted, further)

    expected = PCA(2).fit(fitted).transform(further)
    np.testing.assert_allclose(np.abs(points), np.abs(expected), atol=1e-6)
    np.testing.assert_allclose(place(found, fitted, fitted), found.points, atol=1e-6)


def test_a_fitted_sample_stays_on_its_point_and_a_new_one_lies_among_its_neighbours():
    fitted = np.array([[0.0, 0], [1, 0], [0, 1], [9, 9], [9, 8]])
    points = np.array([[0.0, 0], [10, 0], [0, 10], [90, 90], [90, 80]])
    found = Embedding(points, "UMAP", 1.0, {"n_neighbors": 3})

    np.testing.assert_allclose(place(found, fitted, fitted), points)
    # As far from three of them: their mean, whatever the weights.
    np.testing.assert_allclose(place(found, fitted, np.array([[0.5, 0.5]])), [[10 / 3, 10 / 3]], atol=1e-6)


def test_the_reach_tells_how_far_the_samples_lie_from_the_fitted_ones(vectors):
    found = pca_map(vectors)

    assert placed(found, vectors, vectors).reach == 0
    away = placed(found, vectors, vectors + np.array([0, 0, 0, 0, 1000.0]))
    nearest = np.sort(np.linalg.norm(vectors[:, None] - vectors[None], axis=2), axis=1)[:, 1]
    assert away.reach == pytest.approx(1000 / np.median(nearest), rel=0.02)
    assert away.embedding.method == "PCA"


def test_vectors_of_another_length_have_no_place(vectors):
    with pytest.raises(ValueError, match="fitted on 5 channels, these vectors have 4"):
        place(pca_map(vectors), vectors, vectors[:, :4])
