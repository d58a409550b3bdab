"""A part of a data set."""

from __future__ import annotations

from models.data.classes import Sample, SegmentationData


class Subset(SegmentationData):
    """Evenly spread images of another data set, so that a short list still covers all of it.

    Args:
        data: the whole set.
        count: images to keep, at least 1; more than there are keeps all.
    """

    def __init__(self, data: SegmentationData, count: int) -> None:
        if count < 1:
            raise ValueError(f"count is {count}, must be >= 1.")
        self.data, self.name, self.classes = data, data.name, data.classes
        kept = min(count, len(data))
        self._indices = [position * len(data) // kept for position in range(kept)]
        self.ids = [data.ids[index] for index in self._indices]

    def __getitem__(self, index: int) -> Sample:
        return self.data[self._indices[index]]


def limited(data: SegmentationData, limit: int) -> SegmentationData:
    """The data itself for limit 0, else evenly spread ``limit`` images of it."""
    return Subset(data, limit) if limit else data
