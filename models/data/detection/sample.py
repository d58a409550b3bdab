"""One image with its objects, and the base of the data sets that give such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.data.classes import ClassSet


@dataclass(frozen=True)
class DetectionSample:
    """One image and its N objects.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        boxes: (N, 4) float32 x0, y0, x1, y1 in pixels; x1 and y1 lie behind the last pixel, so x1 - x0 is the width.
        labels: (N,) int64, 0..K-1; a detector with a background class of its own adds one.
        masks: (N, H, W) bool, None where a data set has none.
        ignored: (N,) bool, True for objects that count neither as found nor as missed: VOC's difficult ones, COCO's
            crowds.
        id: path relative to the data root without suffix.

    Raises:
        ValueError: if the lengths differ, or a box has no area or leaves the image.
    """

    image: NDArray[np.uint8]
    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    masks: NDArray[np.bool_] | None
    ignored: NDArray[np.bool_]
    id: str

    def __post_init__(self) -> None:
        height, width = self.image.shape[:2]
        count = len(self.labels)
        if self.boxes.shape != (count, 4) or self.ignored.shape != (count,):
            raise ValueError(
                f"{self.id} has {count} labels, boxes {self.boxes.shape}, ignored {self.ignored.shape}; "
                "give one of each per object."
            )
        if self.masks is not None and self.masks.shape != (count, height, width):
            raise ValueError(f"masks of {self.id} are {self.masks.shape}, must be {(count, height, width)}.")
        low, high = self.boxes[:, :2], self.boxes[:, 2:]
        bad = ((low < 0) | (high <= low) | (high > [width, height])).any(axis=1)
        if bad.any():
            raise ValueError(
                f"box {self.boxes[bad][0].tolist()} of {self.id} must have area inside 0, 0, {width}, {height}; "
                "cut it to the image, or take the object out."
            )


class DetectionData:
    """Base of the detection data sets: a sequence of samples with a class set.

    Attributes:
        name: registered name.
        classes: the ClassSet of the objects.
        ids: one id per item, in order.
        layout: how its folder looks, for people.
        SPLITS: names of the splits.
        has_masks: whether samples have masks.
        needs_root: whether it lies in a folder; generated data does not.
    """

    SPLITS: tuple[str, ...] = ()
    layout: str = ""
    has_masks: bool = True
    needs_root: bool = True
    name: str
    classes: ClassSet
    ids: Sequence[str]

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: int) -> DetectionSample:
        raise IndexError(index)


def cut_boxes(boxes: NDArray[np.float32], height: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Boxes cut to the image, and which of them have any area left.

    Shape:
        boxes: (N, 4) -> (N, 4), (N,)
    """
    limits = np.array([width, height, width, height], dtype=np.float32)
    cut = np.minimum(np.maximum(boxes, 0), limits).astype(np.float32)
    return cut, (cut[:, 2] > cut[:, 0]) & (cut[:, 3] > cut[:, 1])


def enclosing(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 around the pixels of a mask (H, W) that has some."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
