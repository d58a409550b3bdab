"""What is said of one pixel: by each stage, how surely, and by the label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.linked import LinkedMaps
from gald_viz.analysis.resize import cell_at

_SMALLEST_SHARE = 0.002


@dataclass(frozen=True, slots=True)
class StageAnswer:
    """What one stage says of a pixel.

    Attributes:
        name: of the stage.
        class_id: that it answers.
        probability: of this class, 0..1.
        entropy: of all classes' probabilities over its largest value ln K, 0..1; None where they are not kept.
    """

    name: str
    class_id: int
    probability: float
    entropy: float | None


@dataclass(frozen=True, slots=True)
class ReadOut:
    """All that is said of a pixel.

    Attributes:
        pixel: (x, y) of the image.
        label: class id of the label there, None without annotation.
        answers: of the stages, the network's own last.
    """

    pixel: tuple[int, int]
    label: int | None
    answers: tuple[StageAnswer, ...]


def read_out(maps: LinkedMaps, size: tuple[int, int], pixel: tuple[int, int]) -> ReadOut:
    """Read every stage at a pixel; where the maps are smaller than the image, at the one of theirs that covers it.

    Args:
        maps: of the image.
        size: (H, W) of the image.
        pixel: (x, y) in it.

    Raises:
        ValueError: if the pixel is not in the image.
    """
    at = cell_at(pixel, size, (maps.image.shape[0], maps.image.shape[1]))
    answers = tuple(
        StageAnswer(
            one.name,
            int(one.classes[at]),
            float(one.probability[at]),
            None if one.entropy is None else float(one.entropy[at]),
        )
        for one in maps.answers
    )
    return ReadOut(pixel, None if maps.label is None else int(maps.label[at]), answers)


def small_class_pixel(prediction: NDArray[np.int64]) -> tuple[int, int]:
    """(x, y) in the rarest predicted class that covers at least 0.2 % of the image, near the median position."""
    pixels = np.bincount(prediction.ravel())
    candidates = np.flatnonzero(pixels >= max(_SMALLEST_SHARE * prediction.size, 1))
    rows, columns = np.nonzero(prediction == candidates[np.argmin(pixels[candidates])])
    nearest = np.argmin((rows - np.median(rows)) ** 2 + (columns - np.median(columns)) ** 2)
    return int(columns[nearest]), int(rows[nearest])


def class_name_of(names: Sequence[str], class_id: int) -> str:
    """Name of a class id, in words also where there is none."""
    return names[class_id] if 0 <= class_id < len(names) else "not labelled"
