"""Distances in blocks against scikit-learn, which holds them all at once."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness
from sklearn.metrics import silhouette_samples, silhouette_score
from sklearn.neighbors import NearestNeighbors

from gald_viz.analysis import neighbors
from gald_viz.analysis.neighbors import measured_rows, nearest_neighbors, silhouette, trust

RANDOM = np.random.default_rng(4)
VECTORS = RANDOM.normal(size=(700, 5)).astype(np.float32) + 40
CLASSES = RANDOM.integers(0, 4, 700)
POINTS = VECTORS[:, :2] + 0.3 * RANDOM.normal(size=(700, 2))


@pytest.fixture(params=["whole", "in blocks", "many"])
def size(request, monkeypatch) -> str:
    if request.param != "whole":
        monkeypatch.setattr(neighbors, "_BLOCK", 50_000)
    if request.param == "many":
        monkeypatch.setattr(neighbors, "_EXACT", 300)
        monkeypatch.setattr(neighbors, "_MEASURED", 200)
    return request.param


def test_neighbours_are_those_of_scikit_learn(size):
    told = []
    index, distance = nearest_neighbors(VECTORS, 6, progress=told.append)

    expected, nearest = NearestNeighbors(n_neighbors=7).fit(VECTORS.astype(float)).kneighbors()
    np.testing.assert_allclose(distance, expected[:, :6], atol=1e-4)
    assert (index == nearest[:, :6]).mean() > 0.999
    assert told[-1] == 1.0 and told == sorted(told) and (size == "whole") == (len(told) == 1)
    some = nearest_neighbors(VECTORS, 6, np.array([3, 600]))[0]
    np.testing.assert_array_equal(some, index[[3, 600]])


def test_silhouette_and_trust_are_those_of_scikit_learn_or_of_the_measured_samples(size):
    rows = measured_rows(len(VECTORS))
    assert len(rows) == (200 if size == "many" else 700)
    expected = silhouette_samples(VECTORS.astype(float), CLASSES)[rows].mean()
    assert silhouette(VECTORS, CLASSES) == pytest.approx(expected, abs=1e-4)
    whole = trustworthiness(VECTORS.astype(float), POINTS, n_neighbors=5)
    assert trust(VECTORS, POINTS, 5) == pytest.approx(whole, abs=0.01 if size == "many" else 1e-9)


def test_a_class_of_one_sample_and_equal_points_are_no_trouble():
    vectors = np.array([[0.0, 0], [0, 0], [1, 0], [5, 5], [9, 9]])
    kinds = np.array([0, 0, 0, 1, 2])

    assert silhouette(vectors, kinds) == pytest.approx(silhouette_score(vectors, kinds))
    assert trust(vectors, np.zeros((5, 2)), 1) <= 1
    assert nearest_neighbors(vectors, 2)[0][:, 0].tolist() == [1, 0, 0, 4, 3]
