"""Which pixels a rule picks: by class, and near or far from where classes meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.regions import boundary_band


@dataclass(frozen=True, slots=True)
class PickedPixels:
    """Rates of a choice of pixels; nan where there is nothing to choose from.

    Attributes:
        share: of the labelled pixels.
        in_band, in_interior: of the labelled pixels within the band round the label boundaries, and of the others.
        by_class: (K,) of the pixels of each class.
        pixels: (K,) of each class.
    """

    share: float
    in_band: float
    in_interior: float
    by_class: NDArray[np.float64]
    pixels: NDArray[np.int64]


def picked_pixels(
    picked: NDArray[np.bool_], labels: NDArray[np.integer], num_classes: int, band: int = 5
) -> PickedPixels:
    """Count a choice (H, W) by the labels (H, W); ids other than 0..K-1 are left out.

    Raises:
        ValueError: if the sizes differ or band < 1.
    """
    if picked.shape != labels.shape:
        raise ValueError(f"the choice is {picked.shape}, the labels are {labels.shape}; both are (H, W) of one image.")
    known = (labels >= 0) & (labels < num_classes)
    near = boundary_band(labels, band)
    pixels = np.bincount(labels[known], minlength=num_classes)
    chosen = np.bincount(labels[known & picked], minlength=num_classes)
    by_class = np.divide(chosen, pixels, out=np.full(num_classes, np.nan), where=pixels > 0)
    return PickedPixels(
        _rate(picked, known), _rate(picked, known & near), _rate(picked, known & ~near), by_class, pixels
    )


def _rate(picked: NDArray[np.bool_], of: NDArray[np.bool_]) -> float:
    return float(picked[of].mean()) if of.any() else float("nan")
