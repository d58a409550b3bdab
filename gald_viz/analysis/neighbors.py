"""Distances between many vectors, block by block: what neighbours, silhouette and trustworthiness are measured on.

Rousseeuw, J. Comput. Appl. Math. 20 (1987) for the silhouette; Venna and Kaski, ICANN 2001, for trustworthiness.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

Vectors = NDArray[np.floating]
Progress = Callable[[float], object]

_BLOCK = 8_000_000  # distances at a time
_EXACT = 4096  # samples up to which distances have double precision, and every sample is measured
_MEASURED = 2048  # of more
_STRIDE = 8


def pairwise_distances(vectors: Vectors) -> NDArray[np.float64]:
    """(n, n) Euclidean distances, 0 on the diagonal."""
    found = np.concatenate([block for _, block in _blocks(vectors, np.arange(len(vectors)), np.float64)])
    np.fill_diagonal(found, 0.0)
    return np.sqrt(found)


def nearest_neighbors(
    vectors: Vectors, count: int, rows: NDArray[np.intp] | None = None, progress: Progress | None = None
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Exact neighbours without the vector itself, nearest first: index (m, count), distance (m, count).

    Args:
        vectors: (n, C).
        count: neighbours, 1..n - 1.
        rows: (m,) vectors whose neighbours are asked for; all n without.
        progress: told the share that is done, 0..1.

    Raises:
        ValueError: if there are not more vectors than neighbours.
    """
    if not 1 <= count < len(vectors):
        raise ValueError(f"{count} neighbours of {len(vectors)} samples; give 1..{len(vectors) - 1}, or more samples.")
    asked = np.arange(len(vectors)) if rows is None else rows
    index, distance = [], []
    for own, block in _blocks(vectors, asked, _precision(vectors)):
        block[np.arange(len(own)), own] = np.inf
        nearest, squared = smallest(block, count)
        index.append(nearest)
        distance.append(np.sqrt(squared.astype(np.float64)))
        if progress is not None:
            progress(sum(map(len, index)) / len(asked))
    return np.concatenate(index), np.concatenate(distance)


def measured_rows(count: int) -> NDArray[np.intp]:
    """Numbers (m,) of the samples that are measured: all of `count`, or of many an even choice."""
    return np.arange(count) if count <= _EXACT else np.linspace(0, count - 1, _MEASURED).round().astype(np.intp)


def silhouette(vectors: Vectors, class_id: NDArray[np.integer]) -> float:
    """Mean silhouette of the measured vectors, each against all n, -1..1; a class of one sample counts as 0.

    Args:
        vectors: (n, C).
        class_id: (n,) of at least two classes.
    """
    _, kind = np.unique(class_id, return_inverse=True)
    members = np.eye(kind.max() + 1)[kind]
    size, values = members.sum(axis=0), []
    for own, block in _blocks(vectors, measured_rows(len(vectors)), _precision(vectors)):
        block[np.arange(len(own)), own] = 0.0
        total = np.sqrt(block) @ members.astype(block.dtype)
        mine = kind[own]
        every = np.arange(len(own))
        inside = total[every, mine] / np.maximum(size[mine] - 1, 1)
        mean = total / size
        mean[every, mine] = np.inf
        outside = mean.min(axis=1)
        larger = np.maximum(inside, outside)
        value = np.divide(outside - inside, larger, out=np.zeros(len(own)), where=(larger > 0) & (size[mine] > 1))
        values.append(value)
    return float(np.concatenate(values).mean())


def trust(vectors: Vectors, points: Vectors, neighbors: int) -> float:
    """Trustworthiness of a map (n, 2) of vectors (n, C), 0..1, over the measured samples.

    Args:
        vectors: in their own space.
        points: in the map.
        neighbors: fewer than n / 2.
    """
    count, rows = len(vectors), measured_rows(len(vectors))
    _, near = KDTree(points).query(points[rows], neighbors + 1)
    # Of equal points the sample itself need not come first.
    itself = near == rows[:, None]
    itself[~itself.any(axis=1), -1] = True
    near = near[~itself].reshape(len(rows), neighbors)
    penalty, start = 0.0, 0
    for own, block in _blocks(vectors, rows, _precision(vectors)):
        every = np.arange(len(own))
        block[every, own] = np.inf
        for place in near[start : start + len(own)].T:
            rank = (block < block[every, place][:, None]).sum(axis=1) + 1
            penalty += float(np.maximum(rank - neighbors, 0).sum())
        start += len(own)
    return 1.0 - penalty * 2.0 / (len(rows) * neighbors * (2.0 * count - 3.0 * neighbors - 1.0))


def _precision(vectors: Vectors) -> type[np.floating]:
    return np.float64 if len(vectors) <= _EXACT else np.float32


def _blocks(
    vectors: Vectors, rows: NDArray[np.intp], dtype: type[np.floating]
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.floating]]]:
    """Some of the rows at a time, with their squared distances (b, n) to all vectors."""
    # Centred first: |a|^2 + |b|^2 - 2ab loses its digits when the mean is large.
    centred = (vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)).astype(dtype)
    square = np.square(centred).sum(axis=1)
    # |a|^2 and |b|^2 ride in two further columns: every distance is written once.
    one = np.ones((len(vectors), 1), dtype)
    left, right = np.hstack([-2 * centred, one, square[:, None]]), np.hstack([centred, square[:, None], one]).T
    step = max(_BLOCK // len(vectors), 1)
    for start in range(0, len(rows), step):
        own = rows[start : start + step]
        block = left[own] @ right
        yield own, np.maximum(block, 0, out=block)


def smallest(block: NDArray[np.floating], count: int) -> tuple[NDArray[np.intp], NDArray[np.floating]]:
    """Columns and values (b, count) of the smallest entries of each row, in order; of equal ones the first.

    Shape:
        block: (b, n) -> (b, count), twice
    """
    # The smallest of every eighth column are no smaller than those of all: few entries stay to be sorted.
    stride = _STRIDE if block.shape[1] >= 8 * _STRIDE * count else 1
    bound = np.partition(block[:, ::stride], count - 1, axis=1)[:, count - 1]
    place = np.flatnonzero(block <= bound[:, None])
    row, column = np.divmod(place, block.shape[1])
    value = block.ravel()[place]
    order = np.lexsort((value, row))
    first = np.searchsorted(row, np.arange(len(block)))
    chosen = order[first[:, None] + np.arange(count)]
    return column[chosen], value[chosen]
