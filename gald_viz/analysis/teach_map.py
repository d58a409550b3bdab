"""Edits of features whose truth is known, to see what a map of them tells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.floating]


def pushed_away(vectors: Vectors, class_id: NDArray[np.integer], chosen: int, factor: float) -> NDArray[np.float64]:
    """Move a class so that its centre is `factor` times as far from the centre of all others; within it nothing moves.

    Args:
        vectors: (n, C).
        class_id: (n,).
        chosen: the class that moves.
        factor: 1 leaves all as it is.

    Returns:
        (n, C).

    Raises:
        ValueError: if the class or all others are missing.
    """
    inside = class_id == chosen
    if inside.all() or not inside.any():
        raise ValueError(f"class {chosen} has {int(inside.sum())} of {len(inside)} samples; it and others are needed.")
    moved = vectors.astype(np.float64)
    away = moved[inside].mean(axis=0) - moved[~inside].mean(axis=0)
    moved[inside] += (factor - 1.0) * away
    return moved


def gap(points: Vectors, class_id: NDArray[np.integer], chosen: int) -> float:
    """Distance of the centre of the chosen class to the centre of all other points; points (N, 2), class_id (N,)."""
    inside = class_id == chosen
    return float(np.linalg.norm(points[inside].mean(axis=0) - points[~inside].mean(axis=0)))


def shuffled(vectors: Vectors, seed: int = 0) -> NDArray[np.float64]:
    """Every channel keeps its values and loses whose they were: no class structure is left. (n, C) -> (n, C)."""
    return np.random.default_rng(seed).permuted(vectors.astype(np.float64), axis=0)
