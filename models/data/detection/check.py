"""Reading a whole detection data set once, to know what is wrong with it before a training job does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models.data.classes import ClassSet
from models.data.detection.sample import DetectionData


@dataclass
class DetectionCheck:
    """What was found in a detection data set.

    Attributes:
        classes: of the data set.
        images: how many there are.
        objects: (K,) objects of each class that count.
        ignored: objects that do not: difficult ones and crowds.
        empty: ids of the images without an object.
        bad: id -> what is wrong with its image or annotation.
    """

    classes: ClassSet
    images: int
    objects: NDArray[np.int64]
    ignored: int = 0
    empty: list[str] = field(default_factory=list)
    bad: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "images": self.images,
            "objects": dict(zip(self.classes.names, self.objects.tolist(), strict=True)),
            "ignored": self.ignored,
            "empty": self.empty,
            "bad": self.bad,
        }


def check_detection(data: DetectionData, limit: int = 0, progress: bool = True) -> DetectionCheck:
    """Read every image and its objects; a bad one is noted, and the rest is read all the same.

    Args:
        data: what to read.
        limit: read only so many images, evenly spread; 0 for all.
        progress: show a bar on stderr.
    """
    count = min(limit, len(data)) if limit else len(data)
    found = DetectionCheck(data.classes, count, np.zeros(len(data.classes), dtype=np.int64))
    for position in tqdm(range(count), desc=f"check {data.name}", unit="image", disable=not progress):
        index = position * len(data) // count
        try:
            sample = data[index]
        except ValueError as error:
            found.bad[data.ids[index]] = str(error)
            continue
        if not len(sample.labels):
            found.empty.append(sample.id)
        found.ignored += int(sample.ignored.sum())
        found.objects += np.bincount(sample.labels[~sample.ignored], minlength=len(data.classes))
    return found
