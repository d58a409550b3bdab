"""Intersection over union and pixel accuracy from a confusion matrix.

IoU = true positives / (true positives + false positives + false negatives), counted over all pixels of a
data set (Everingham et al., The Pascal Visual Object Classes Challenge, IJCV 2010).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def confusion(
    prediction: NDArray[np.integer], label: NDArray[np.integer], num_classes: int, ignore_id: int
) -> NDArray[np.int64]:
    """Count the pixels of each pair of labelled and predicted class; ignored pixels are left out.

    Args:
        prediction: class ids, 0..K-1 wherever the label is not ignored.
        label: class ids 0..K-1, or the ignore id.
        num_classes: K.
        ignore_id: label value that is not evaluated.

    Shape:
        prediction, label: (H, W) -> (K, K), rows are labels, columns are predictions

    Raises:
        ValueError: if the sizes differ, or an id is neither a class nor ignored.
    """
    check_same_size(prediction, label)
    known = label != ignore_id
    labels = label[known].astype(np.int64)
    predicted = prediction[known].astype(np.int64)
    check_ids("label", labels, num_classes, f" or the ignore id {ignore_id}")
    check_ids("prediction", predicted, num_classes)
    pairs = np.bincount(labels * num_classes + predicted, minlength=num_classes**2)
    return pairs.reshape(num_classes, num_classes).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Scores:
    """Rates of a confusion matrix.

    Attributes:
        confusion: (K, K) pixel counts, rows are labels, columns are predictions.
    """

    confusion: NDArray[np.int64]

    @property
    def iou(self) -> NDArray[np.float64]:
        """(K,) IoU per class in 0..1, nan for a class that neither the labels nor the predictions have."""
        return class_iou(self.confusion)

    @property
    def miou(self) -> float:
        """Mean over the classes with a defined IoU, nan when there is none.

        A class that is predicted but never labelled has IoU 0 and counts; one that is in neither does not.
        """
        return mean_of_defined(self.iou)

    @property
    def pixel_accuracy(self) -> float:
        """Share of the evaluated pixels that are right, nan when no pixel was evaluated."""
        total = self.confusion.sum()
        return float(np.trace(self.confusion) / total) if total else float("nan")


def class_iou(counts: NDArray) -> NDArray[np.float64]:
    """IoU of each class, nan where neither the labels nor the predictions have it.

    Shape:
        counts: (..., K, K), rows are labels, columns are predictions -> (..., K)
    """
    return iou_of(hits_and_unions(counts))


def hits_and_unions(counts: NDArray) -> NDArray:
    """All that an IoU needs of a confusion matrix; like the matrix it adds up over images.

    Shape:
        counts: (..., K, K), rows are labels, columns are predictions -> (..., 2, K)
    """
    hit = np.diagonal(counts, axis1=-2, axis2=-1)
    return np.stack([hit, counts.sum(axis=-2) + counts.sum(axis=-1) - hit], axis=-2)


def iou_of(parts: NDArray) -> NDArray[np.float64]:
    """class_iou() of what hits_and_unions() gives.

    Shape:
        parts: (..., 2, K) -> (..., K)
    """
    hit, union = parts[..., 0, :], parts[..., 1, :]
    return np.divide(hit, union, out=np.full(hit.shape, np.nan), where=union > 0)


def mean_iou(counts: NDArray) -> NDArray[np.float64]:
    """Mean of class_iou() over the classes where it is defined, nan where it is for none.

    Shape:
        counts: (..., K, K) -> (...)
    """
    return mean_over_classes(class_iou(counts))


def mean_over_classes(iou: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the classes where the IoU is defined, nan where it is for none.

    Shape:
        iou: (..., K) -> (...)
    """
    defined = ~np.isnan(iou)
    known = defined.sum(axis=-1)
    total = np.where(defined, iou, 0.0).sum(axis=-1)
    return np.divide(total, known, out=np.full(known.shape, np.nan), where=known > 0)


def mean_of_defined(values: NDArray[np.float64]) -> float:
    """Mean of the values, of any shape, that are not nan; nan when all are."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else float("nan")


def check_same_size(prediction: NDArray, label: NDArray) -> None:
    """Refuse two maps that are not both (H, W) of one size.

    Raises:
        ValueError: naming both sizes.
    """
    if prediction.ndim != 2 or prediction.shape != label.shape:
        raise ValueError(
            f"prediction is {prediction.shape}, label is {label.shape}; both must be (H, W) of one size; "
            "resize one of them with nearest neighbours."
        )


def check_ids(name: str, ids: NDArray[np.int64], num_classes: int, also: str = "") -> None:
    """Refuse ids that are no class.

    Args:
        name: what the ids are, for the message.
        ids: of any shape.
        num_classes: K.
        also: what else the message allows.

    Raises:
        ValueError: that lists the ids which are no class 0..K-1.
    """
    strange = np.unique(ids[(ids < 0) | (ids >= num_classes)])
    if len(strange):
        raise ValueError(
            f"{name} has id {', '.join(map(str, strange.tolist()))}, must be 0..{num_classes - 1}{also}; "
            "map it to a class, or check that the class set is the right one."
        )
