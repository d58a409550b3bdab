"""What the LD mask does: how far it opens for which class, at which distance from a boundary, for which size.

Li et al., IEEE TIP 2021 (GALD), Fig. 7; Li et al., BMVC 2019, Fig. 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from gald_viz.analysis.regions import boundary_band, class_regions


@dataclass(frozen=True, slots=True)
class GateByClass:
    """Mean gate of each class, nan where a class has no such pixel.

    Attributes:
        interior, boundary: (K,) mean gate away from and within the band round the label boundaries.
        interior_pixels, boundary_pixels: (K,) counts.
        band: width of the band in pixels, on either side.
        total_interior, total_boundary: mean gate over the pixels of all classes.
    """

    interior: NDArray[np.float64]
    boundary: NDArray[np.float64]
    interior_pixels: NDArray[np.int64]
    boundary_pixels: NDArray[np.int64]
    band: int
    total_interior: float
    total_boundary: float


@dataclass(frozen=True, slots=True)
class GateBySize:
    """Mean gate of each object, against its size.

    Attributes:
        area: (R,) pixels of the connected region.
        gate: (R,) mean gate in it.
        class_id: (R,) its class.
        pearson, spearman: correlation of the gate with log10 of the area; nan when it is not defined.
    """

    area: NDArray[np.int64]
    gate: NDArray[np.float64]
    class_id: NDArray[np.int64]
    pearson: float
    spearman: float


def mean_mask(mask: NDArray[np.floating]) -> NDArray[np.floating]:
    """(C, h, w) -> (h, w): the mean over channels, which the papers draw."""
    return mask.mean(axis=0)


def most_unlike_channels(mask: NDArray[np.floating], count: int) -> NDArray[np.intp]:
    """Channels (count,) of a mask (C, h, w), those most unlike the mean over channels first, by root mean square.

    Raises:
        ValueError: if count is not in 1..C.
    """
    if not 1 <= count <= len(mask):
        raise ValueError(f"count is {count}, must be in 1..{len(mask)}, the mask's channels.")
    return np.argsort(-distance_to_mean(mask), kind="stable")[:count]


def distance_to_mean(mask: NDArray[np.floating]) -> NDArray[np.floating]:
    """(C, h, w) -> (C,): root mean square distance of each channel to the mean over channels."""
    return np.sqrt(np.square(mask - mask.mean(axis=0)).mean(axis=(1, 2)))


def gate_by_class(
    gate: NDArray[np.floating], labels: NDArray[np.integer], num_classes: int, band: int = 5
) -> GateByClass:
    """Average the (H, W) gate over the pixels of each class, interior and boundary apart.

    Args:
        gate: (H, W) the mask at the size of the labels.
        labels: (H, W) class ids; others than 0..K-1 are left out.
        num_classes: K.
        band: pixels on either side of a label boundary that count as boundary.

    Raises:
        ValueError: if the sizes differ or band < 1.
    """
    _check_sizes(gate, labels)
    near = boundary_band(labels, band)
    known = (labels >= 0) & (labels < num_classes)
    inner, inner_pixels, inner_total = _mean_by_class(gate, labels, known & ~near, num_classes)
    outer, outer_pixels, outer_total = _mean_by_class(gate, labels, known & near, num_classes)
    return GateByClass(inner, outer, inner_pixels, outer_pixels, band, inner_total, outer_total)


def gate_by_size(
    gate: NDArray[np.floating], labels: NDArray[np.integer], num_classes: int, min_area: int = 16
) -> GateBySize:
    """Mean gate of every connected region with at least `min_area` pixels, and its correlation with the size.

    Args:
        gate: (H, W), mean over the channels.
        labels: (H, W) class ids.
        num_classes: K.
        min_area: pixels; smaller regions are left out.

    Raises:
        ValueError: if the sizes differ.
    """
    _check_sizes(gate, labels)
    regions = class_regions(labels, num_classes)
    inside = regions.index >= 0
    total = np.bincount(regions.index[inside], weights=gate[inside].astype(np.float64), minlength=len(regions.pixels))
    kept = regions.pixels >= min_area
    area = regions.pixels[kept]
    mean = total[kept] / area
    pearson, spearman = _correlations(np.log10(area), mean)
    return GateBySize(area, mean, regions.class_id[kept], pearson, spearman)


def _check_sizes(gate: NDArray[np.floating], labels: NDArray[np.integer]) -> None:
    if gate.shape != labels.shape:
        raise ValueError(f"the gate is {gate.shape}, the labels are {labels.shape}; resize the gate with bilinear().")


def _mean_by_class(
    gate: NDArray[np.floating], labels: NDArray[np.integer], chosen: NDArray[np.bool_], num_classes: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], float]:
    ids, values = labels[chosen], gate[chosen].astype(np.float64)
    pixels = np.bincount(ids, minlength=num_classes)
    total = np.bincount(ids, weights=values, minlength=num_classes)
    mean = np.divide(total, pixels, out=np.full(num_classes, np.nan), where=pixels > 0)
    return mean, pixels, float(values.mean()) if values.size else float("nan")


def _correlations(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan"), float("nan")
    return float(stats.pearsonr(x, y).statistic), float(stats.spearmanr(x, y).statistic)
