"""Can a mask tell an object from what surrounds it? A mask from a shrunk map has one value for many cells.

Li et al., BMVC 2019, arXiv:1909.07229, eq. 1 and 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, stats

from gald_viz.analysis.regions import class_regions


@dataclass(frozen=True, slots=True)
class GateSteps:
    """How much wider the gate is inside each object than right around it.

    Attributes:
        area: (R,) cells of the object.
        class_id: (R,).
        step: (R,) mean gate inside minus mean gate in the ring around it.
        spearman: rank correlation of step and area, nan with fewer than three objects or without any variation.
    """

    area: NDArray[np.int64]
    class_id: NDArray[np.int64]
    step: NDArray[np.float64]
    spearman: float


@dataclass(frozen=True, slots=True)
class Profile:
    """One row of cells through an object: its own channel before and behind the mask.

    Attributes:
        column: (w,) cells from the left.
        truth: (w,) 1 on cells of the class.
        context: (w,) what GA hands out, 0..1.
        gate: (w,) M.
        gated: (w,) context * (1 + M), eq. 2.
    """

    column: NDArray[np.int64]
    truth: NDArray[np.float64]
    context: NDArray[np.float64]
    gate: NDArray[np.float64]
    gated: NDArray[np.float64]


def gate_steps(mask: NDArray[np.floating], labels: NDArray[np.integer], ring: int = 2, min_area: int = 4) -> GateSteps:
    """Compare the gate inside every connected region with the ring around it.

    Args:
        mask: (K, h, w), one channel a class, of which an object has its own; or (1, h, w), the same for all.
        labels: (h, w) class ids at the cells.
        ring: cells around an object that count as its surroundings.
        min_area: cells; smaller regions are left out.

    Raises:
        ValueError: if the sizes differ or ring < 1.
    """
    if mask.shape[1:] != labels.shape:
        raise ValueError(f"the mask is {mask.shape[1:]}, the labels are {labels.shape}; give labels at its cells.")
    if ring < 1:
        raise ValueError(f"ring is {ring} cells, must be >= 1.")
    classes = max(int(labels.max()) + 1, 1) if len(mask) == 1 else len(mask)
    regions = class_regions(labels, classes)
    kept = [number for number in np.flatnonzero(regions.pixels >= min_area) if regions.pixels[number] < labels.size]
    steps = np.array([_step(mask, regions.index == r, int(regions.class_id[r]), ring) for r in kept])
    area = regions.pixels[kept]
    return GateSteps(area, regions.class_id[kept], steps, _spearman(area, steps))


def widest_row(labels: NDArray[np.integer], class_id: int) -> int | None:
    """Row of (h, w) with the longest run of a class, None where there is none."""
    best, row = 0, None
    for number, line in enumerate(labels == class_id):
        parts, count = ndimage.label(line)
        longest = int(np.bincount(parts)[1:].max()) if count else 0
        if longest > best:
            best, row = longest, number
    return row


def profile(
    context: NDArray[np.floating], mask: NDArray[np.floating], labels: NDArray[np.integer], class_id: int, row: int
) -> Profile:
    """The row of one class's channel: context and mask (K, h, w), labels (h, w)."""
    before, gate = context[class_id, row].astype(np.float64), mask[class_id, row].astype(np.float64)
    truth = (labels[row] == class_id).astype(np.float64)
    return Profile(np.arange(len(before)), truth, before, gate, before * (1.0 + gate))


def _step(mask: NDArray[np.floating], inside: NDArray[np.bool_], class_id: int, ring: int) -> float:
    gate = mask[class_id if len(mask) > 1 else 0]
    around = ndimage.binary_dilation(inside, np.ones((3, 3)), iterations=ring) & ~inside
    return float(gate[inside].mean() - gate[around].mean())


def _spearman(area: NDArray[np.int64], step: NDArray[np.float64]) -> float:
    if len(area) < 3 or np.ptp(area) == 0 or np.ptp(step) == 0:
        return float("nan")
    return float(stats.spearmanr(area, step).statistic)
