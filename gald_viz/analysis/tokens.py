"""Similarity of the class tokens, the weights W (K, C) of the final classifier.

Xiao et al., HFGD, Fig. 6: a token that resembles others more than itself leans on other classes' features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform


@dataclass(frozen=True, slots=True)
class ConfusedPair:
    """Two classes whose tokens resemble each other.

    Attributes:
        first, second: class ids, first < second.
        similarity: mean of the matrix at (first, second) and (second, first).
        first_as_second, second_as_first: pixels of the one that were predicted as the other; None when no
            confusion matrix was given.
    """

    first: int
    second: int
    similarity: float
    first_as_second: int | None = None
    second_as_first: int | None = None


def softmax_similarity(tokens: NDArray[np.floating]) -> NDArray[np.float64]:
    """softmax(W W^T / sqrt(C)) by row: (K, C) -> (K, K), rows sum to 1."""
    tokens = tokens.astype(np.float64)
    scores = tokens @ tokens.T / np.sqrt(tokens.shape[1])
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def cosine_similarity(tokens: NDArray[np.floating]) -> NDArray[np.float64]:
    """Cosine of every pair: (K, C) -> (K, K) in -1..1; a zero token has cosine 0 with all."""
    tokens = tokens.astype(np.float64)
    length = np.linalg.norm(tokens, axis=1, keepdims=True)
    unit = np.divide(tokens, length, out=np.zeros_like(tokens), where=length > 0)
    return np.clip(unit @ unit.T, -1.0, 1.0)


def cluster_order(tokens: NDArray[np.floating]) -> NDArray[np.intp]:
    """Class ids (K,) so that similar tokens (K, C) stand side by side: average linkage of the cosine distance."""
    if len(tokens) < 3:
        return np.arange(len(tokens))
    distance = 1.0 - cosine_similarity(tokens)
    np.fill_diagonal(distance, 0.0)
    condensed = squareform((distance + distance.T) / 2, checks=False)
    tree = hierarchy.linkage(condensed, method="average", optimal_ordering=True)
    return hierarchy.leaves_list(tree).astype(np.intp)


def mean_diagonal(similarity: NDArray[np.floating]) -> float:
    """Mean of the diagonal of a similarity (K, K): near 1 in the softmax form when classes are told apart."""
    return float(np.diag(similarity).mean())


def most_confused_pairs(
    similarity: NDArray[np.floating], count: int = 10, confusion: NDArray[np.integer] | None = None
) -> tuple[ConfusedPair, ...]:
    """The pairs of classes with the largest similarity, largest first.

    Args:
        similarity: (K, K).
        count: pairs at most.
        confusion: (K, K) pixel counts, rows are labels, columns are predictions.

    Raises:
        ValueError: if the confusion matrix has another size.
    """
    if confusion is not None and confusion.shape != similarity.shape:
        raise ValueError(
            f"the confusion matrix is {confusion.shape}, the similarity is {similarity.shape}; "
            "both are (K, K) of the same classes."
        )
    first, second = np.triu_indices(len(similarity), k=1)
    both = (similarity[first, second] + similarity[second, first]) / 2
    order = np.argsort(-both, kind="stable")[:count]
    return tuple(
        ConfusedPair(
            int(first[i]),
            int(second[i]),
            float(both[i]),
            None if confusion is None else int(confusion[first[i], second[i]]),
            None if confusion is None else int(confusion[second[i], first[i]]),
        )
        for i in order
    )
