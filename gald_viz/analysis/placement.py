"""Further samples in a map that was fitted on others: two networks, or two moments of one, in one frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.neighbors import nearest_neighbors, smallest
from gald_viz.analysis.separation import Embedding, map_trust

Vectors = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Placement:
    """Samples placed in the map of others.

    Attributes:
        embedding: the samples in the other map, with their own trustworthiness.
        reach: median distance of a sample to the nearest fitted one, over the median distance of a fitted one to its
            nearest neighbour; far above 1 the samples lie where the map knows nothing.
    """

    embedding: Embedding
    reach: float


def placed(embedding: Embedding, fitted: Vectors, further: Vectors) -> Placement:
    """Place (m, C) vectors in the map of the (n, C) fitted ones, which does not change.

    Raises:
        ValueError: if the vectors have another length than the fitted ones.
    """
    points = place(embedding, fitted, further)
    trust = map_trust(further, points)
    own = np.median(nearest_neighbors(fitted, 1)[1])
    foreign = np.median(_distances(further, fitted).min(axis=1))
    reach = float(foreign / own) if own > 0 else float("nan")
    return Placement(Embedding(points, embedding.method, trust, embedding.settings), reach)


def place(embedding: Embedding, fitted: Vectors, further: Vectors) -> NDArray[np.float64]:
    """Points (m, 2) of (m, C) vectors: PCA's projection, or for UMAP the weighted mean of the nearest points.

    Raises:
        ValueError: if the vectors have another length than the fitted ones.
    """
    if further.shape[1] != fitted.shape[1]:
        raise ValueError(
            f"the map was fitted on {fitted.shape[1]} channels, these vectors have {further.shape[1]}; "
            "a vector of another length has no place in it."
        )
    if embedding.method == "PCA":
        return _projected(embedding, fitted, further)
    count = min(int(embedding.settings.get("n_neighbors", 15)), len(fitted))
    distance = _distances(further, fitted)
    nearest, near = smallest(distance, count)
    # A sample that was fitted itself stays on its point: the first distance is taken off, the rest fall fast.
    mean = near.mean(axis=1, keepdims=True)
    # Distances that differ by rounding alone weigh the same.
    weight = np.exp(-(near - near[:, :1]) / np.maximum(mean - near[:, :1] + 1e-6 * mean, 1e-300))
    weight = np.where(near[:, :1] == 0, near == 0, weight)
    weight = weight / weight.sum(axis=1, keepdims=True)
    return (embedding.points[nearest] * weight[..., None]).sum(axis=1)


def _projected(embedding: Embedding, fitted: Vectors, further: Vectors) -> NDArray[np.float64]:
    mean = fitted.mean(axis=0, dtype=np.float64)
    # Of all matrices that give the map's points, the shortest one is the projection on its two directions.
    directions = np.linalg.lstsq(fitted - mean, embedding.points, rcond=None)[0]
    return (further - mean) @ directions


def _distances(first: Vectors, second: Vectors) -> NDArray[np.float64]:
    """(m, C), (n, C) -> (m, n), Euclidean."""
    mean = second.mean(axis=0, dtype=np.float64)
    one, two = first - mean, second - mean
    square = np.square(one).sum(axis=1)[:, None] + np.square(two).sum(axis=1)[None] - 2.0 * one @ two.T
    # What is left of equal vectors is rounding.
    scale = np.square(one).sum(axis=1)[:, None] + np.square(two).sum(axis=1)[None]
    return np.sqrt(np.where(square > 1e-12 * scale, square, 0.0))
