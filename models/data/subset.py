"""A part of a data set, or one in which some images stand twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from tqdm import tqdm

from models.config import DataConfig
from models.data import open_data
from models.data.classes import Sample, SegmentationData


class Selection(SegmentationData):
    """Images of another data set in a given order; one may stand several times.

    Args:
        data: the whole set.
        indices: what to keep of it.
    """

    def __init__(self, data: SegmentationData, indices: Sequence[int]) -> None:
        self.data, self.name, self.classes = data, data.name, data.classes
        self._indices = list(indices)
        self.ids = [data.ids[index] for index in self._indices]

    def __getitem__(self, index: int) -> Sample:
        return self.data[self._indices[index]]


class Subset(Selection):
    """Evenly spread images of another data set, so that a short list still covers all of it.

    Args:
        data: the whole set.
        count: images to keep, at least 1; more than there are keeps all.
    """

    def __init__(self, data: SegmentationData, count: int) -> None:
        super().__init__(data, spread(len(data), count))


def spread(total: int, count: int) -> list[int]:
    """At most ``count`` of 0 .. total - 1, evenly spread.

    Raises:
        ValueError: if count < 1.
    """
    if count < 1:
        raise ValueError(f"count is {count}, must be >= 1.")
    kept = min(count, total)
    return [position * total // kept for position in range(kept)]


def limited(data: SegmentationData, limit: int) -> SegmentationData:
    """The data itself for limit 0, else evenly spread ``limit`` images of it."""
    return Subset(data, limit) if limit else data


def bootstrapped(data: SegmentationData, hard_classes: Sequence[str], progress: bool = False) -> SegmentationData:
    """The data, followed by a second copy of every image that holds a pixel of a hard class, in the same order.

    "Bootstrapping on hard images": Chen et al., arXiv:1706.05587, section 4.3. Every label is read once to find them.
    The copies are augmented on their own. The data itself when there are no hard classes.

    Args:
        data: labelled images; those without a label hold no class.
        hard_classes: names of its classes.
        progress: show a bar while the labels are read.

    Raises:
        ValueError: if the data has no such class.
    """
    if not hard_classes:
        return data
    hard = [data.classes.index(name) for name in hard_classes]
    numbers = tqdm(range(len(data)), desc="hard images", unit="image", disable=not progress)
    twice = [number for number in numbers if _holds(data[number], hard)]
    return Selection(data, [*range(len(data)), *twice])


def training_data(config: DataConfig, progress: bool = False) -> SegmentationData:
    """What a job trains on: the split, limited, with hard images twice.

    Raises:
        ValueError: if the data cannot be opened or has no such class.
    """
    data = limited(open_data(config.name, config.root or None, config.split), config.limit)
    return bootstrapped(data, config.hard_classes, progress)


def _holds(sample: Sample, classes: Sequence[int]) -> bool:
    return sample.label is not None and bool(np.isin(sample.label, classes).any())
