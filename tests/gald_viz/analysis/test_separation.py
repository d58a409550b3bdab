import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from gald_viz.analysis.neighbors import nearest_neighbors, pairwise_distances
from gald_viz.analysis.separation import (
    error_prone_classes,
    gather_features,
    pca_map,
    pure_cells,
    sample_cells,
    separation,
    umap_map,
)


def blobs(classes=3, each=20, gap=8.0, dimensions=6):
    generator = np.random.default_rng(1)
    centres = generator.normal(0, gap, (classes, dimensions))
    vectors = np.concatenate([centre + generator.normal(size=(each, dimensions)) for centre in centres])
    return vectors.astype(np.float32), np.repeat(np.arange(classes), each)


def test_a_cell_with_two_classes_is_not_pure():
    labels = np.array([[0, 0, 1, 1], [0, 0, 1, 2], [255, 255, 3, 3], [255, 255, 3, 3]])

    np.testing.assert_array_equal(pure_cells(labels, (2, 2), num_classes=3), [[0, -1], [-1, -1]])
    np.testing.assert_array_equal(pure_cells(labels, (2, 2), num_classes=4), [[0, -1], [-1, 3]])
    with pytest.raises(ValueError, match=r"the map is \(8, 2\), the label is \(4, 4\)"):
        pure_cells(labels, (8, 2), num_classes=3)


@settings(deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.data())
def test_purity_equals_a_loop_over_the_pixels_of_each_cell(height, width, data):
    h, w = data.draw(st.integers(1, height)), data.draw(st.integers(1, width))
    labels = np.random.default_rng(height * 10 + width).integers(0, 2, (height, width))

    result = pure_cells(labels, (h, w), num_classes=2)

    for row, column in np.ndindex(h, w):
        block = labels[row * height // h : (row + 1) * height // h, column * width // w : (column + 1) * width // w]
        pure = len(np.unique(block)) == 1
        assert result[row, column] == (block.flat[0] if pure else -1)


def test_the_sample_is_balanced_repeatable_and_pure():
    label = np.zeros((16, 16), dtype=int)
    label[8:, :4] = 1
    labels = [label, np.full((16, 16), 1)]

    sample = sample_cells(labels, (8, 8), classes=[0, 1], per_class=30, seed=3)
    again = sample_cells(labels, (8, 8), classes=[0, 1], per_class=30, seed=3)

    # 48 - 0 cells of class 0 exist, and 8 + 64 of class 1.
    np.testing.assert_array_equal(np.bincount(sample.class_id), [30, 30])
    for image, x, y, class_id in zip(sample.image, sample.x, sample.y, sample.class_id, strict=True):
        assert labels[image][y, x] == class_id
    np.testing.assert_array_equal(sample.x, again.x)
    assert len(set(zip(sample.image.tolist(), sample.x.tolist(), sample.y.tolist(), strict=True))) == 60
    assert len(sample_cells(labels, (8, 8), classes=[], per_class=5)) == 0


def test_vectors_come_from_the_cell_under_the_position():
    label = np.zeros((8, 8), dtype=int)
    sample = sample_cells([label], (2, 2), classes=[0], per_class=4)
    fine = np.arange(2 * 4 * 4, dtype=np.float32).reshape(2, 4, 4)

    vectors = gather_features([fine], sample, [(8, 8)])

    for (x, y), vector in zip(zip(sample.x, sample.y, strict=True), vectors, strict=True):
        np.testing.assert_array_equal(vector, fine[:, y // 2, x // 2])


def test_error_prone_classes_have_the_lowest_recall():
    confusion = np.array([[9, 1, 0, 0], [5, 5, 0, 0], [0, 0, 0, 0], [1, 0, 0, 9]])

    assert error_prone_classes(confusion, 2) == (1, 0)
    assert error_prone_classes(confusion, 9) == (1, 0, 3)


def test_neighbours_equal_sklearns_without_the_sample_itself():
    vectors, _ = blobs()

    index, distance = nearest_neighbors(vectors, 4)

    expected, order = NearestNeighbors(n_neighbors=5).fit(vectors).kneighbors(vectors)
    np.testing.assert_array_equal(index, order[:, 1:])
    np.testing.assert_allclose(distance, expected[:, 1:], rtol=1e-5)
    with pytest.raises(ValueError, match=r"60 neighbours of 60 samples; give 1\.\.59"):
        nearest_neighbors(vectors, 60)


def test_distances_survive_a_large_mean():
    vectors, _ = blobs()

    np.testing.assert_allclose(pairwise_distances(vectors + np.float32(4096)), pairwise_distances(vectors), atol=0.02)


def test_separation_by_hand():
    vectors = np.array([[0.0], [1.0], [10.0], [11.0]])

    result = separation(vectors, np.array([0, 0, 1, 1]), neighbors=1)

    # a = 1 for all; b = 10.5 for the outer and 9.5 for the inner points.
    assert result.silhouette == pytest.approx(((10.5 - 1) / 10.5 + (9.5 - 1) / 9.5) / 2)
    assert result.purity == 1.0
    mixed = separation(vectors, np.array([0, 1, 0, 1]), neighbors=1)
    assert mixed.purity == 0.0
    assert np.isnan(separation(vectors, np.zeros(4, int), neighbors=1).silhouette)


def test_pca_equals_sklearns_up_to_sign():
    vectors, _ = blobs()

    result = pca_map(vectors)

    expected = PCA(2).fit_transform(vectors.astype(float))
    np.testing.assert_allclose(np.abs(result.points), np.abs(expected), atol=1e-6)
    assert result.method == "PCA"
    assert result.trustworthiness > 0.9
    with pytest.raises(ValueError, match="at least 5 cells"):
        pca_map(vectors[:4])


def test_pca_of_one_dimension_lies_on_a_line():
    np.testing.assert_array_equal(pca_map(np.arange(6.0)[:, None]).points[:, 1], 0)


def test_umap_keeps_blobs_apart_and_repeats_itself():
    vectors, class_id = blobs()

    first, again = umap_map(vectors, n_neighbors=6, seed=3), umap_map(vectors, n_neighbors=6, seed=3)

    np.testing.assert_array_equal(first.points, again.points)
    assert separation(first.points, class_id, neighbors=5).purity > 0.95
    assert first.trustworthiness > 0.8
    assert first.settings == {"n_neighbors": 6, "min_dist": 0.1, "metric": "euclidean", "seed": 3}
