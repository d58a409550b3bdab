"""Reading a whole data set once, to know what is wrong with it before a training job does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models.data.classes import ClassSet, Sample, SegmentationData


@dataclass
class DataCheck:
    """What was found in a data set.

    Attributes:
        classes: of the data set.
        images: how many there are.
        pixels: (K,) labelled pixels of each class.
        ignored: pixels with the ignore id.
        unlabelled: ids of the images without a label.
        bad: id -> what is wrong with its image or label.
    """

    classes: ClassSet
    images: int
    pixels: NDArray[np.int64]
    ignored: int = 0
    unlabelled: list[str] = field(default_factory=list)
    bad: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "images": self.images,
            "pixels": dict(zip(self.classes.names, self.pixels.tolist(), strict=True)),
            "ignored": self.ignored,
            "unlabelled": self.unlabelled,
            "bad": self.bad,
        }


def check_data(data: SegmentationData, progress: bool = True) -> DataCheck:
    """Read every image and label; a bad one is noted, and the rest is read all the same.

    Args:
        data: what to read.
        progress: show a bar on stderr.
    """
    found = DataCheck(data.classes, len(data), np.zeros(len(data.classes), dtype=np.int64))
    for sample in _readable(data, found.bad, progress):
        if sample.label is None:
            found.unlabelled.append(sample.id)
            continue
        reason = _fault(sample.image, sample.label, data.classes)
        if reason:
            found.bad[sample.id] = reason
            continue
        ignored = sample.label == data.classes.ignore_id
        found.ignored += int(ignored.sum())
        found.pixels += np.bincount(sample.label[~ignored], minlength=len(data.classes))
    return found


def _readable(data: SegmentationData, bad: dict[str, str], progress: bool) -> Iterator[Sample]:
    for index in tqdm(range(len(data)), desc=f"check {data.name}", unit="image", disable=not progress):
        try:
            sample = data[index]
        except ValueError as error:
            bad[data.ids[index]] = str(error)
        else:
            yield sample


def _fault(image: NDArray[np.uint8], label: NDArray[np.int64], classes: ClassSet) -> str:
    """What is wrong with a label, empty when nothing is."""
    if image.shape[:2] != label.shape:
        return f"label is {label.shape}, its image {image.shape[:2]}; make the sizes equal."
    known = ((label >= 0) & (label < len(classes))) | (label == classes.ignore_id)
    if known.all():
        return ""
    unknown = np.unique(label[~known])
    shown = ", ".join(map(str, unknown[:5].tolist())) + (", ..." if len(unknown) > 5 else "")
    return (
        f"label has class id {shown} in {int((~known).sum())} pixels; the ids are 0..{len(classes) - 1} and "
        f"{classes.ignore_id} for ignored: repaint them."
    )
