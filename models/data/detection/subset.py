"""A part of a detection data set."""

from __future__ import annotations

from models.data.detection.sample import DetectionData, DetectionSample
from models.data.subset import spread


class DetectionSubset(DetectionData):
    """Evenly spread images of another data set.

    Args:
        data: the whole set.
        count: images to keep, at least 1; more than there are keeps all.
    """

    def __init__(self, data: DetectionData, count: int) -> None:
        self.data, self.name, self.classes, self.has_masks = data, data.name, data.classes, data.has_masks
        self._indices = spread(len(data), count)
        self.ids = [data.ids[index] for index in self._indices]

    def __getitem__(self, index: int) -> DetectionSample:
        return self.data[self._indices[index]]


def limited_objects(data: DetectionData, limit: int) -> DetectionData:
    """The data itself for limit 0, else evenly spread ``limit`` images of it."""
    return DetectionSubset(data, limit) if limit else data
