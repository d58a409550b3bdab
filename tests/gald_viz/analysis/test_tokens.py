import math

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics.pairwise import cosine_similarity as sklearn_cosine

from gald_viz.analysis.tokens import (
    ConfusedPair,
    cluster_order,
    cosine_similarity,
    mean_diagonal,
    most_confused_pairs,
    softmax_similarity,
)


def test_softmax_similarity_by_hand():
    # Orthogonal tokens of length 2 with C = 4: W W^T / sqrt(4) is 2 on the diagonal and 0 elsewhere.
    tokens = 2 * np.eye(3, 4)

    result = softmax_similarity(tokens)

    own = math.exp(2) / (math.exp(2) + 2)
    np.testing.assert_allclose(np.diag(result), own)
    np.testing.assert_allclose(result.sum(axis=1), 1)
    assert mean_diagonal(result) == pytest.approx(own)


def test_both_forms_equal_other_libraries():
    tokens = np.random.default_rng(0).normal(size=(6, 10)).astype(np.float32)

    np.testing.assert_allclose(cosine_similarity(tokens), sklearn_cosine(tokens), atol=1e-6)
    expected = softmax(tokens.astype(float) @ tokens.T.astype(float) / math.sqrt(10), axis=1)
    np.testing.assert_allclose(softmax_similarity(tokens), expected)


def test_large_tokens_do_not_overflow_and_a_zero_token_resembles_none():
    assert np.isfinite(softmax_similarity(np.full((2, 4), 1e3, dtype=np.float32))).all()
    np.testing.assert_array_equal(cosine_similarity(np.array([[0.0, 0.0], [3.0, 4.0]])), [[0, 0], [0, 1]])


def test_similar_tokens_stand_side_by_side():
    tokens = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.1], [0.1, 1.0]])

    order = cluster_order(tokens).tolist()

    assert sorted(order) == [0, 1, 2, 3]
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset({0, 2}), frozenset({1, 3})}
    np.testing.assert_array_equal(cluster_order(tokens[:2]), [0, 1])


def test_pairs_come_with_their_real_confusion():
    similarity = np.array([[1.0, 0.2, 0.6], [0.4, 1.0, 0.1], [0.2, 0.1, 1.0]])
    confusion = np.array([[9, 1, 2], [3, 9, 4], [5, 6, 9]])

    pairs = most_confused_pairs(similarity, count=2, confusion=confusion)

    assert pairs[0] == ConfusedPair(0, 2, 0.4, 2, 5)
    assert (pairs[1].first, pairs[1].second) == (0, 1)
    assert pairs[1].similarity == pytest.approx(0.3)
    assert (pairs[1].first_as_second, pairs[1].second_as_first) == (1, 3)
    assert most_confused_pairs(similarity, count=1)[0].first_as_second is None
    with pytest.raises(ValueError, match=r"confusion matrix is \(2, 2\), the similarity is \(3, 3\)"):
        most_confused_pairs(similarity, confusion=np.zeros((2, 2), int))
