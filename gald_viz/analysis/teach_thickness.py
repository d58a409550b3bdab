"""Recall against how thick a thing is: what smoothing takes from thin ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gald_viz.analysis.regions import class_regions


@dataclass(frozen=True, slots=True)
class RecallByThickness:
    """Recall of the pixels of regions of similar thickness.

    Attributes:
        edges: (n + 1,) px, the bins' limits, the last one inf.
        pixels: (n,) labelled pixels of each bin.
        recall: name -> (n,) in 0..1, nan in an empty bin.
    """

    edges: NDArray[np.float64]
    pixels: NDArray[np.int64]
    recall: dict[str, NDArray[np.float64]]

    def between(self, name: str, low: float, high: float) -> float:
        """Recall over the bins from `low` to `high` px, nan without a pixel."""
        chosen = (self.edges[:-1] >= low) & (self.edges[1:] <= high) & (self.pixels > 0)
        count = self.pixels[chosen]
        return float((self.recall[name][chosen] * count).sum() / count.sum()) if count.any() else float("nan")

    def names(self) -> list[str]:
        """The bins in words."""
        low, high = self.edges[:-1], self.edges[1:]
        return [f"{a:g}+ px" if np.isinf(b) else f"{a:g}–{b:g} px" for a, b in zip(low, high, strict=True)]


def thickness(labels: NDArray[np.integer], num_classes: int) -> NDArray[np.float64]:
    """(H, W) diameter in px of the largest disk that fits into the pixel's connected region; 0 outside 0..K-1."""
    regions = class_regions(labels, num_classes)
    found = np.zeros(labels.shape)
    for number, place in enumerate(ndimage.find_objects(regions.index + 1)):
        inside = np.pad(regions.index[place] == number, 1)
        # From a pixel's centre to the nearest centre outside, which lies half a pixel behind the edge.
        radius = ndimage.distance_transform_edt(inside).max() - 0.5
        found[place][inside[1:-1, 1:-1]] = 2 * radius
    return found


def recall_by_thickness(
    predictions: Mapping[str, NDArray[np.integer]],
    labels: NDArray[np.integer],
    num_classes: int,
    limits: Sequence[float] = (4, 8, 16, 32),
) -> RecallByThickness:
    """Recall of several predictions (H, W) of one image, by the thickness of the labelled region.

    Args:
        predictions: name -> (H, W) class ids.
        labels: (H, W); ids other than 0..K-1 are left out.
        num_classes: K.
        limits: px between one bin and the next.

    Raises:
        ValueError: if a prediction has another size.
    """
    for name, prediction in predictions.items():
        if prediction.shape != labels.shape:
            raise ValueError(f"{name} is {prediction.shape}, the labels are {labels.shape}; resize its logits.")
    edges = np.array([0.0, *limits, np.inf])
    size = thickness(labels, num_classes)
    known = size > 0
    bins = np.digitize(size[known], edges) - 1
    count = len(edges) - 1
    pixels = np.bincount(bins, minlength=count)
    recall = {}
    for name, prediction in predictions.items():
        right = np.bincount(bins, weights=prediction[known] == labels[known], minlength=count)
        recall[name] = np.divide(right, pixels, out=np.full(count, np.nan), where=pixels > 0)
    return RecallByThickness(edges, pixels, recall)
