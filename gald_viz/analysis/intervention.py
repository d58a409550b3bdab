"""What an edit inside a network does to its answer, beside random edits of equal size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gald_viz.types import Answer
from models.evaluation.iou import Scores, confusion


@dataclass(frozen=True, slots=True)
class Change:
    """One edit's answer against the answer before.

    Attributes:
        prediction: (H, W) class ids after the edit.
        changed: (H, W) where they differ from those before.
        pixels: (K,) pixels of each class after the edit.
        confidence: mean over the image of the absolute change of the confidence, in 0..1.
        iou: (K,) after the edit; nan without a label, and for classes that are nowhere.
        miou: mean of it over the classes that are somewhere.
    """

    prediction: NDArray[np.int64]
    changed: NDArray[np.bool_]
    pixels: NDArray[np.int64]
    confidence: float
    iou: NDArray[np.float64]
    miou: float

    @property
    def share(self) -> float:
        """Share of the pixels that have another class."""
        return float(self.changed.mean())


@dataclass(frozen=True, slots=True)
class Intervention:
    """An edit and its baseline.

    Attributes:
        before: the network as it is; it changes nothing.
        edit: the edit's answer.
        random: the answers to random edits of equal size, one a seed.
    """

    before: Change
    edit: Change
    random: tuple[Change, ...]

    @property
    def random_share(self) -> float:
        """Mean share of pixels that the random edits change, nan without any."""
        return float(np.mean([change.share for change in self.random])) if self.random else float("nan")

    @property
    def as_much(self) -> int:
        """How many of the random edits change at least as many pixels as the edit does."""
        return sum(change.share >= self.edit.share for change in self.random)


def intervention(
    before: Answer,
    edit: Answer,
    random: Sequence[Answer],
    label: NDArray[np.integer] | None,
    num_classes: int,
    ignore_id: int,
) -> Intervention:
    """Measure an edit and its random baseline against the answer before.

    Raises:
        ValueError: if a size differs, or the label holds an unknown class.
    """

    def measured(after: Answer) -> Change:
        return _change(before, after, label, num_classes, ignore_id)

    return Intervention(measured(before), measured(edit), tuple(measured(answer) for answer in random))


def _change(
    before: Answer, after: Answer, label: NDArray[np.integer] | None, num_classes: int, ignore_id: int
) -> Change:
    ids = after.prediction
    if ids.shape != before.prediction.shape:
        raise ValueError(f"the answers are {before.prediction.shape} and {ids.shape}; give two of the same image.")
    pixels = np.bincount(ids[(ids >= 0) & (ids < num_classes)], minlength=num_classes)
    shift = np.abs(after.confidence.astype(np.float64) - before.confidence)
    iou, miou = np.full(num_classes, np.nan), float("nan")
    if label is not None:
        scores = Scores(confusion(ids, label, num_classes, ignore_id))
        iou, miou = scores.iou, scores.miou
    return Change(ids, ids != before.prediction, pixels, float(shift.mean()), iou, miou)
