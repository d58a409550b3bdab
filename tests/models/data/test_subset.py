from __future__ import annotations

import numpy as np
import pytest

from models.data.classes import ClassSet, Sample, SegmentationData
from models.data.subset import Subset, limited


class Numbers(SegmentationData):
    """Image n is n everywhere."""

    name = "numbers"
    classes = ClassSet(("a",), ((0, 0, 0),))

    def __init__(self, count: int) -> None:
        self.ids = [f"number {n}" for n in range(count)]

    def __getitem__(self, index: int) -> Sample:
        return Sample(np.full((1, 1, 3), index, np.uint8), None, self.ids[index])


@pytest.mark.parametrize(
    ("count", "kept"), [(1, [0]), (3, [0, 3, 6]), (4, [0, 2, 5, 7]), (10, list(range(10))), (99, list(range(10)))]
)
def test_the_images_are_spread_evenly(count, kept):
    data = Subset(Numbers(10), count)

    assert [data[i].image[0, 0, 0] for i in range(len(data))] == kept
    assert data.ids == [f"number {n}" for n in kept]
    assert [data[i].id for i in range(len(data))] == data.ids
    assert (data.name, data.classes.names) == ("numbers", ("a",))


def test_no_limit_is_the_data_itself():
    data = Numbers(4)

    assert limited(data, 0) is data
    assert len(limited(data, 2)) == 2


@pytest.mark.parametrize("count", [0, -3])
def test_fewer_than_one_image_is_refused(count):
    with pytest.raises(ValueError, match=f"count is {count}, must be >= 1"):
        Subset(Numbers(4), count)
