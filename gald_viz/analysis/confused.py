"""Where an image holds the pixels that one cell of a confusion matrix counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gald_viz.analysis.regions import Box, largest_boxes

_EIGHT = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True, slots=True)
class ConfusedRegions:
    """The pixels with one label and one prediction.

    Attributes:
        label, prediction: class ids.
        mask: (H, W) True at those pixels.
        segments: 8-connected regions that they form.
        labelled: pixels with that label in the image.
        boxes: round the largest segments, largest first.
    """

    label: int
    prediction: int
    mask: NDArray[np.bool_]
    segments: int
    labelled: int
    boxes: tuple[Box, ...]

    @property
    def pixels(self) -> int:
        """How many there are."""
        return int(self.mask.sum())

    @property
    def share(self) -> float:
        """Of the pixels with that label, 0..1; nan where the image has none."""
        return self.pixels / self.labelled if self.labelled else float("nan")


def confused_regions(
    prediction: NDArray[np.integer], label: NDArray[np.integer], cell: tuple[int, int], boxes: int = 5
) -> ConfusedRegions:
    """Find the pixels of a cell (label, prediction) of the confusion matrix.

    Args:
        prediction, label: (H, W) class ids.
        cell: row and column, class ids; equal for pixels that are right.
        boxes: how many segments get a box at most.

    Raises:
        ValueError: if the sizes differ.
    """
    if prediction.shape != label.shape:
        raise ValueError(f"the prediction is {prediction.shape}, the label is {label.shape}; give both at image size.")
    labelled = label == cell[0]
    mask = labelled & (prediction == cell[1])
    _, segments = ndimage.label(mask, structure=_EIGHT)
    return ConfusedRegions(*cell, mask, int(segments), int(labelled.sum()), largest_boxes(mask, boxes))


def row_shares(counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """(K, K) counts -> share of each row, whose labels they are; nan in the row of a class without any."""
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0)


def largest_confusion(counts: NDArray[np.integer]) -> tuple[int, int] | None:
    """(label, prediction) of the mistake that most pixels share; None without any mistake."""
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    row, column = np.unravel_index(int(wrong.argmax()), wrong.shape)
    return (int(row), int(column)) if wrong[row, column] > 0 else None


def classes_in(matrices: Sequence[NDArray[np.integer]]) -> list[int]:
    """Ids of the classes that are labelled or predicted in any of the (K, K) matrices."""
    seen = np.stack(list(matrices)).sum(axis=0)
    return np.flatnonzero(seen.sum(axis=0) + seen.sum(axis=1)).tolist()
