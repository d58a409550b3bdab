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
    """One answer in numbers, against the answer before.

    Attributes:
        share: of the pixels that have another class.
        pixels: (K,) pixels of each class.
        confidence: mean over the image of the absolute change of the confidence, in 0..1.
        iou: (K,) nan without a label, and for classes that are nowhere.
        miou: mean of it over the classes that are somewhere.
    """

    share: float
    pixels: NDArray[np.int64]
    confidence: float
    iou: NDArray[np.float64]
    miou: float


@dataclass(frozen=True, slots=True)
class Intervention:
    """An edit and its baseline.

    Attributes:
        ids_before, ids_after: (H, W) class ids without and with the edit.
        before: the network as it is, which changes nothing.
        edit: the edit's answer.
        random: the answers to random edits of equal size, one a seed.
    """

    ids_before: NDArray[np.int64]
    ids_after: NDArray[np.int64]
    before: Change
    edit: Change
    random: tuple[Change, ...]

    @property
    def changed(self) -> NDArray[np.bool_]:
        """(H, W) where the edit changes the class."""
        return self.ids_before != self.ids_after

    @property
    def random_share(self) -> float:
        """Mean share of pixels that the random edits change, nan without any."""
        return float(np.mean([change.share for change in self.random])) if self.random else float("nan")

    @property
    def as_much(self) -> int:
        """How many of the random edits change at least as many pixels as the edit does."""
        return sum(change.share >= self.edit.share for change in self.random)


def intervention(
    answers: tuple[Answer, Answer],
    random: Sequence[Answer],
    label: NDArray[np.integer] | None,
    num_classes: int,
    ignore_id: int,
) -> Intervention:
    """Measure an edit and its random baseline.

    Args:
        answers: without and with the edit.
        random: with random edits of equal size.
        label: (H, W) class ids, None without annotation.
        num_classes: K.
        ignore_id: label value that is left out.

    Raises:
        ValueError: if a size differs, or the label holds an unknown class.
    """
    before, after = answers
    changes = [change_of(before, answer, label, num_classes, ignore_id) for answer in (*answers, *random)]
    return Intervention(before.prediction, after.prediction, changes[0], changes[1], tuple(changes[2:]))


def change_of(
    before: Answer, after: Answer, label: NDArray[np.integer] | None, num_classes: int, ignore_id: int
) -> Change:
    """One answer against the answer before.

    Args:
        before: without the edit.
        after: with it.
        label: (H, W) class ids, None without annotation.
        num_classes: K.
        ignore_id: label value that is left out.

    Raises:
        ValueError: if a size differs, or the label holds an unknown class.
    """
    ids = after.prediction
    if ids.shape != before.prediction.shape:
        raise ValueError(f"the answers are {before.prediction.shape} and {ids.shape}; give two of the same image.")
    pixels = np.bincount(ids[(ids >= 0) & (ids < num_classes)], minlength=num_classes)
    shift = np.abs(after.confidence.astype(np.float64) - before.confidence)
    iou, miou = np.full(num_classes, np.nan), float("nan")
    if label is not None:
        scores = Scores(confusion(ids, label, num_classes, ignore_id))
        iou, miou = scores.iou, scores.miou
    return Change(float((ids != before.prediction).mean()), pixels, float(shift.mean()), iou, miou)
