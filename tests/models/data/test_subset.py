from __future__ import annotations

from collections import Counter
from itertools import islice

import numpy as np
import pytest
import torch

from models.config import DataConfig
from models.data.classes import ClassSet, Sample, SegmentationData
from models.data.loading import ResumableBatches, TrainingCrops
from models.data.subset import Selection, Subset, bootstrapped, limited, training_data


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


class Labelled(SegmentationData):
    """Five noisy images that hold these classes; the last has no label."""

    name = "labelled"
    classes = ClassSet(("road", "bicycle", "chair", "sky"), ((0, 0, 0),) * 4)
    HOLDS = ({0}, {0, 1}, {2, 3}, {1, 2}, None)
    ids = ("a", "b", "c", "d", "e")

    def __getitem__(self, index: int) -> Sample:
        held = self.HOLDS[index]
        image = np.random.default_rng(index).integers(0, 256, (40, 40, 3), np.uint8)
        if held is None:
            return Sample(image, None, self.ids[index])
        label = np.full((40, 40), max(held))
        # One pixel is enough.
        label[0, : len(held)] = sorted(held)
        return Sample(image, label, self.ids[index])


@pytest.mark.parametrize(
    ("hard", "twice"), [(("bicycle",), "bd"), (("chair",), "cd"), (("bicycle", "chair"), "bcd"), (("sky",), "c")]
)
def test_images_with_a_hard_class_stand_twice(hard, twice):
    data = bootstrapped(Labelled(), hard)

    assert "".join(data.ids) == "abcde" + twice
    assert [data[i].id for i in range(len(data))] == list(data.ids)


def test_without_hard_classes_it_is_the_data_itself():
    data = Labelled()

    assert bootstrapped(data, ()) is data


def test_a_hard_class_that_the_data_does_not_have_is_refused():
    with pytest.raises(ValueError, match=r"class is 'sofa', must be one of \['road', 'bicycle'"):
        bootstrapped(Labelled(), ("sofa",))


def test_an_epoch_shows_a_hard_image_twice_in_different_crops():
    data = Selection(bootstrapped(Labelled(), ("bicycle",)), [0, 1, 2, 3, 5, 6])
    epoch = [index for batch in islice(ResumableBatches(len(data), 2, seed=3), 3) for index in batch]
    crops = TrainingCrops(data, DataConfig(crop=(32, 32)), seed=3)

    assert Counter(data.ids[number] for number, _ in epoch) == {"a": 1, "b": 2, "c": 1, "d": 2}
    assert not torch.equal(crops[1, 0][0], crops[4, 0][0])
    assert data[1].id == data[4].id == "b"


def test_what_a_job_trains_on_is_limited_before_hard_images_are_doubled():
    plain = training_data(DataConfig("scenes", limit=2))
    doubled = training_data(DataConfig("scenes", limit=2, hard_classes=("road",)))

    assert list(doubled.ids) == 2 * list(plain.ids)
