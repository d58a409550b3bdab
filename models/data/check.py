"""Reading a whole data set once, to know what is wrong with it before a training job does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models.data.classes import ClassSet, Sample, SegmentationData
from models.data.detection.sample import DetectionData, DetectionSample


@dataclass
class DataCheck:
    """What was found in a data set.

    Attributes:
        classes: of the data set.
        images: how many were read.
        counted: what is counted, ``pixels`` or for detection ``objects``.
        lacking: what an image with nothing to count is, ``unlabelled`` or ``empty``.
        counts: (K,) pixels or objects of each class.
        ignored: pixels with the ignore id, or objects that do not count: difficult ones and crowds.
        without: ids of the images with nothing to count.
        bad: id -> what is wrong with its image or annotation.
    """

    classes: ClassSet
    images: int
    counted: str
    lacking: str
    counts: NDArray[np.int64]
    ignored: int = 0
    without: list[str] = field(default_factory=list)
    bad: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "images": self.images,
            self.counted: dict(zip(self.classes.names, self.counts.tolist(), strict=True)),
            "ignored": self.ignored,
            self.lacking: self.without,
            "bad": self.bad,
        }


def check_data(data: SegmentationData | DetectionData, limit: int = 0, progress: bool = True) -> DataCheck:
    """Read every image and its annotation; a bad one is noted, and the rest is read all the same.

    Args:
        data: what to read.
        limit: read only so many images, evenly spread; 0 for all.
        progress: show a bar on stderr.
    """
    kind = ("objects", "empty") if isinstance(data, DetectionData) else ("pixels", "unlabelled")
    images = min(limit, len(data)) if limit else len(data)
    found = DataCheck(data.classes, images, *kind, np.zeros(len(data.classes), dtype=np.int64))
    for position in tqdm(range(images), desc=f"check {data.name}", unit="image", disable=not progress):
        index = position * len(data) // images
        try:
            counts = _counts(data, index)
        except ValueError as error:
            found.bad[data.ids[index]] = str(error)
            continue
        if counts is None:
            found.without.append(data.ids[index])
            continue
        found.counts += counts[:-1]
        found.ignored += int(counts[-1])
    return found


def _counts(data: SegmentationData | DetectionData, index: int) -> NDArray[np.int64] | None:
    """(K + 1,) of one image: how many of each class, and last how many are ignored; None with nothing to count."""
    if isinstance(data, DetectionData):
        return _objects(data[index], len(data.classes))
    return _pixels(data[index], data.classes)


def _objects(sample: DetectionSample, num_classes: int) -> NDArray[np.int64] | None:
    if not len(sample.labels):
        return None
    return np.bincount(np.where(sample.ignored, num_classes, sample.labels), minlength=num_classes + 1)


def _pixels(sample: Sample, classes: ClassSet) -> NDArray[np.int64] | None:
    label = sample.label
    if label is None:
        return None
    if sample.image.shape[:2] != label.shape:
        raise ValueError(f"label is {label.shape}, its image {sample.image.shape[:2]}; make the sizes equal.")
    ignored = label == classes.ignore_id
    unknown = label[((label < 0) | (label >= len(classes))) & ~ignored]
    if unknown.size:
        ids = np.unique(unknown)
        shown = ", ".join(map(str, ids[:5].tolist())) + (", ..." if len(ids) > 5 else "")
        raise ValueError(
            f"label has class id {shown} in {unknown.size} pixels; the ids are 0..{len(classes) - 1} and "
            f"{classes.ignore_id} for ignored: repaint them."
        )
    return np.bincount(np.where(ignored, len(classes), label).ravel(), minlength=len(classes) + 1)
