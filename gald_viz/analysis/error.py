"""Where a prediction is wrong: maps, rates near boundaries, and the difference of two predictions.

Li et al., IEEE TIP 2021 (GALD), Fig. 2 and 10. The rates themselves are those of models.evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.regions import boundary_band
from models.evaluation.boundary import BoundaryResult, BoundaryScores
from models.evaluation.iou import Scores, confusion


@dataclass(frozen=True, slots=True)
class ErrorMap:
    """The errors of one prediction.

    Attributes:
        wrong: (H, W) prediction differs from the label, ignored pixels are not wrong.
        known: (H, W) pixels that are evaluated.
        band: (H, W) within the band round the label boundaries, ignored pixels included.
        band_width: pixels on either side.
    """

    wrong: NDArray[np.bool_]
    known: NDArray[np.bool_]
    band: NDArray[np.bool_]
    band_width: int

    @property
    def band_rate(self) -> float:
        """Share of the evaluated pixels within the band that are wrong, nan without any."""
        return _share(self.wrong, self.known & self.band)

    @property
    def interior_rate(self) -> float:
        """Share of the evaluated pixels away from the band that are wrong, nan without any."""
        return _share(self.wrong, self.known & ~self.band)

    @property
    def errors_in_band(self) -> float:
        """Share of all errors that lie within the band, nan without errors."""
        return _share(self.band, self.wrong)


@dataclass(frozen=True, slots=True)
class ImageScores:
    """Rates of one image: scores from its confusion matrix, and the boundary F of its outlines."""

    scores: Scores
    boundary: BoundaryResult


@dataclass(frozen=True, slots=True)
class Difference:
    """Two predictions of one image; every evaluated pixel is in one map or right in both.

    Attributes:
        fixed: (H, W) wrong in the first, right in the second.
        broken: (H, W) right in the first, wrong in the second.
        both_wrong: (H, W).
        known: (H, W) pixels that are evaluated.
    """

    fixed: NDArray[np.bool_]
    broken: NDArray[np.bool_]
    both_wrong: NDArray[np.bool_]
    known: NDArray[np.bool_]


def error_map(
    prediction: NDArray[np.integer], label: NDArray[np.integer], ignore_id: int, band_width: int = 5
) -> ErrorMap:
    """Compare (H, W) class ids; the band is taken round the boundaries of the label.

    Raises:
        ValueError: if the sizes differ or band_width < 1.
    """
    _check_same_size(prediction, label)
    known = label != ignore_id
    return ErrorMap((prediction != label) & known, known, boundary_band(label, band_width), band_width)


def image_scores(
    prediction: NDArray[np.integer], label: NDArray[np.integer], num_classes: int, ignore_id: int
) -> ImageScores:
    """Pixel accuracy, IoU per class and boundary F of one image, as the evaluation counts them; class ids (H, W).

    Raises:
        ValueError: if the sizes differ or an id is unknown.
    """
    boundary = BoundaryScores(num_classes, ignore_id)
    boundary.add(prediction, label)
    return ImageScores(Scores(confusion(prediction, label, num_classes, ignore_id)), boundary.result())


def difference(
    first: NDArray[np.integer], second: NDArray[np.integer], label: NDArray[np.integer], ignore_id: int
) -> Difference:
    """What the second prediction fixes and breaks; class ids (H, W) of both and of the label.

    Raises:
        ValueError: if the sizes differ.
    """
    _check_same_size(first, label)
    _check_same_size(second, label)
    known = label != ignore_id
    first_wrong, second_wrong = (first != label) & known, (second != label) & known
    return Difference(
        fixed=first_wrong & ~second_wrong,
        broken=second_wrong & ~first_wrong,
        both_wrong=first_wrong & second_wrong,
        known=known,
    )


def _share(part: NDArray[np.bool_], whole: NDArray[np.bool_]) -> float:
    total = int(whole.sum())
    return float((part & whole).sum() / total) if total else float("nan")


def _check_same_size(prediction: NDArray, label: NDArray) -> None:
    if prediction.shape != label.shape:
        raise ValueError(f"the prediction is {prediction.shape}, the label is {label.shape}; give both at image size.")
