"""Where a position's context comes from: the k*k weights of the local affinity.

Li et al., IEEE TIP 2021 (GALD), eq. 8 and Fig. 9. The affinity A (k*k, h, w) is a softmax over the
neighbours i + r * delta in row-major order. With zero padding a neighbour outside the map keeps its share.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.resize import cell_at, cell_centres, nearest_labels


@dataclass(frozen=True, slots=True)
class PixelAffinity:
    """The weights of one position.

    Attributes:
        pixel: (x, y) that was asked for.
        cell: (row, column) of the map that covers it.
        x, y: (k*k,) neighbour positions in image pixels, those outside the map continued on the grid.
        weight: (k*k,) sums to 1.
        inside: (k*k,) False for neighbours that fall outside the map.
        class_id: (k*k,) class at a neighbour, -1 outside; the centre has the class of the pixel itself.
        own_class: class of the pixel, which may be the ignore id.
        share_own: weight on neighbours of the own class, nan when the pixel is ignored.
    """

    pixel: tuple[int, int]
    cell: tuple[int, int]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    weight: NDArray[np.float64]
    inside: NDArray[np.bool_]
    class_id: NDArray[np.int64]
    own_class: int
    share_own: float

    @property
    def entropy(self) -> float:
        """In nats: 0 for one neighbour, log(k*k) for equal shares."""
        return float(entropy(self.weight))

    @property
    def share_outside(self) -> float:
        """Weight that falls outside the map."""
        return float(self.weight[~self.inside].sum())


@dataclass(frozen=True, slots=True)
class AffinityMaps:
    """The whole map at a glance: self_weight and entropy (h, w), in nats, with the largest possible one."""

    self_weight: NDArray[np.floating]
    entropy: NDArray[np.floating]
    max_entropy: float


def affinity_of_pixel(
    affinity: NDArray[np.floating],
    pixel: tuple[int, int],
    labels: NDArray[np.integer],
    dilation: int,
    ignore_id: int = 255,
) -> PixelAffinity:
    """Read the weights of the position that covers a pixel.

    Args:
        affinity: (k*k, h, w), sums to 1 over its first axis, k odd.
        pixel: (x, y) in the image.
        labels: (H, W) class ids of the image, annotated or predicted.
        dilation: cells between neighbours, r.
        ignore_id: class id that is nobody's own.

    Raises:
        ValueError: if k*k is no odd square, or the pixel is not in the image.
    """
    size = affinity.shape[1], affinity.shape[2]
    cell = cell_at(pixel, labels.shape, size)
    rows, columns = _neighbours(cell, _kernel(affinity), dilation)
    weight = affinity[:, cell[0], cell[1]].astype(np.float64)
    own = int(labels[pixel[1], pixel[0]])
    class_id = _classes_at(nearest_labels(labels, size), rows, columns)
    class_id[len(class_id) // 2] = own
    inside = class_id >= 0
    return PixelAffinity(
        pixel=pixel,
        cell=cell,
        x=cell_centres(columns, labels.shape[1], size[1]),
        y=cell_centres(rows, labels.shape[0], size[0]),
        weight=weight,
        inside=inside,
        class_id=class_id,
        own_class=own,
        share_own=float("nan") if own == ignore_id else float(weight[class_id == own].sum()),
    )


def affinity_maps(affinity: NDArray[np.floating]) -> AffinityMaps:
    """Weight that every position keeps for itself, and the entropy of its weights.

    Args:
        affinity: (k*k, h, w), sum 1 over the first axis.

    Raises:
        ValueError: if the first axis is no odd square.
    """
    count = _kernel(affinity) ** 2
    return AffinityMaps(affinity[count // 2], entropy(affinity), math.log(count))


def entropy(weights: NDArray[np.floating]) -> NDArray[np.floating]:
    """Entropy in nats over the first axis of weights (n, ...) that sum to 1 there -> (...); 0 log 0 counts as 0."""
    logs = np.log(weights, out=np.zeros_like(weights), where=weights > 0)
    return -(weights * logs).sum(axis=0)


def _neighbours(cell: tuple[int, int], kernel: int, dilation: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the k*k neighbours in row-major order, wherever they fall."""
    offset = (np.arange(kernel) - kernel // 2) * dilation
    return np.repeat(cell[0] + offset, kernel), np.tile(cell[1] + offset, kernel)


def _classes_at(cells: NDArray[np.integer], rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Class of the cell at each position, -1 outside the (h, w) map."""
    inside = (rows >= 0) & (rows < cells.shape[0]) & (columns >= 0) & (columns < cells.shape[1])
    found = np.full(len(rows), -1, dtype=np.int64)
    found[inside] = cells[rows[inside], columns[inside]]
    return found


def _kernel(affinity: NDArray[np.floating]) -> int:
    kernel = math.isqrt(len(affinity))
    if affinity.ndim != 3 or kernel**2 != len(affinity) or kernel % 2 == 0:
        raise ValueError(f"the affinity is {affinity.shape}, must be (k*k, h, w) k odd: its centre is the position.")
    return kernel
