"""What the errors of class maps consist of, and what mending each kind would give.

The kinds are those of models.evaluation.error_kinds, in the manner of TIDE (Bolya et al., ECCV 2020, arXiv:2008.08115):
every wrong pixel is in exactly one. To mend a kind gives its pixels the class of their label and leaves all others;
as IoU is no sum, the gains of the kinds do not add up to what is missing to 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.evaluation.error_kinds import IGNORED, KINDS, RIGHT, error_kinds
from models.evaluation.iou import check_ids, class_iou, mean_iou

ERRORS = KINDS[RIGHT + 1 :]


@dataclass(frozen=True, slots=True)
class Decomposition:
    """Errors of one image or of many, by kind; E = len(ERRORS) = 4.

    Attributes:
        counts: (1 + E, K, K) pixels by kind, label and prediction; the right ones come first.
    """

    counts: NDArray[np.int64]

    @property
    def pixels(self) -> NDArray[np.int64]:
        """(E,) wrong pixels of each kind."""
        return self.counts[1:].sum(axis=(1, 2))

    @property
    def share(self) -> NDArray[np.float64]:
        """(E,) of all evaluated pixels, nan without any."""
        total = self.counts.sum()
        return self.pixels / total if total else np.full(len(ERRORS), np.nan)

    @property
    def by_class(self) -> NDArray[np.int64]:
        """(E, K) wrong pixels by kind and label; of a hallucinated segment by prediction."""
        by_label = self.counts[1:].sum(axis=2)
        hallucinated = ERRORS.index("hallucinated segment")
        by_label[hallucinated] = self.counts[1 + hallucinated].sum(axis=0)
        return by_label

    @property
    def miou(self) -> float:
        """mIoU as it is, nan without a pixel."""
        return float(mean_iou(self.counts.sum(axis=0)))

    @property
    def mended(self) -> NDArray[np.float64]:
        """(E,) mIoU with each kind mended alone."""
        return mean_iou(self._mended())

    @property
    def mended_iou(self) -> NDArray[np.float64]:
        """(E, K) IoU of every class with each kind mended alone."""
        return class_iou(self._mended())

    def _mended(self) -> NDArray[np.int64]:
        whole = self.counts.sum(axis=0)
        matrices = np.stack([whole - wrong for wrong in self.counts[1:]])
        classes = np.arange(len(whole))
        matrices[:, classes, classes] += self.counts[1:].sum(axis=2)
        return matrices


def decompose(
    prediction: NDArray[np.integer],
    label: NDArray[np.integer],
    num_classes: int,
    ignore_id: int,
    radius: int | None = None,
) -> tuple[Decomposition, NDArray[np.uint8]]:
    """Errors of one image, and the map (H, W) of kinds that models.evaluation.error_kinds makes.

    Args:
        prediction: (H, W) class ids.
        label: (H, W) class ids or the ignore id.
        num_classes: K.
        ignore_id: label value that is left out.
        radius: how far an outline may be off to be called shifted, in pixels; 0.5 % of the diagonal when None.

    Raises:
        ValueError: if the sizes differ, an id is unknown, or the radius is negative.
    """
    kinds = error_kinds(prediction, label, ignore_id, radius)
    known = kinds != IGNORED
    check_ids("label", label[known], num_classes, f" or the ignore id {ignore_id}")
    check_ids("prediction", prediction[known], num_classes)
    code = (kinds[known].astype(np.int64) * num_classes + label[known]) * num_classes + prediction[known]
    counts = np.bincount(code, minlength=len(KINDS) * num_classes**2)
    return Decomposition(counts.reshape(len(KINDS), num_classes, num_classes)), kinds
