from __future__ import annotations

import os
from itertools import islice

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.config import DataConfig
from models.data import loading
from models.data.classes import ClassSet, Sample, SegmentationData
from models.data.loading import ResumableBatches, TrainingCrops, training_batches

MAIN = os.getpid()
CONFIG = DataConfig(crop=(32, 32), scales=(0.5, 2.0), photometric=0.3)


class Noise(SegmentationData):
    """Image n is noise of seed n; counts how often it is read."""

    name = "noise"
    classes = ClassSet(("a", "b"), ((0, 0, 0), (1, 1, 1)))

    def __init__(self, count: int) -> None:
        self.ids = [str(n) for n in range(count)]
        self.reads = 0

    def __getitem__(self, index: int) -> Sample:
        self.reads += 1
        random = np.random.default_rng(index)
        return Sample(random.integers(0, 255, (40, 48, 3), np.uint8), random.integers(0, 2, (40, 48)), str(index))


def images(batches, count):
    return [[index for index, _ in batch] for batch in islice(batches, count)]


@given(
    items=st.integers(1, 40),
    batch=st.integers(1, 6),
    world=st.integers(1, 3),
    seed=st.integers(0, 2**31),
    data=st.data(),
)
def test_an_epoch_shows_each_image_at_most_once(items, batch, world, seed, data):
    if batch * world > items:
        items = batch * world
    steps = items // (batch * world)
    epoch = data.draw(st.integers(0, 3))

    ranks = [ResumableBatches(items, batch, seed, epoch * steps, rank, world) for rank in range(world)]
    shown = [[item for step in islice(rank, steps) for item in step] for rank in ranks]

    together = [index for rank in shown for index, _ in rank]
    assert len(together) == len(set(together)) == steps * batch * world
    assert set(together) <= set(range(items))
    assert {number for rank in shown for _, number in rank} == {epoch}
    assert all(len(step) == batch for rank in ranks for step in islice(rank, 2 * steps))


@given(start=st.integers(0, 30), rank=st.integers(0, 1), seed=st.integers(0, 99))
def test_a_start_in_the_middle_goes_on_exactly(start, rank, seed):
    whole = ResumableBatches(11, 2, seed, rank=rank, world=2)
    later = ResumableBatches(11, 2, seed, start=start, rank=rank, world=2)

    assert list(islice(later, 9)) == list(islice(whole, start, start + 9))


def test_each_epoch_and_seed_has_its_own_order():
    epochs = list(zip(*[iter(images(ResumableBatches(12, 3, 0), 12))] * 4, strict=True))
    other = images(ResumableBatches(12, 3, 1), 4)

    assert len({str(epoch) for epoch in epochs}) == 3
    assert str(list(epochs[0])) != str(other)


def test_images_left_out_of_one_epoch_come_in_another():
    seen = {index for batch in images(ResumableBatches(5, 3, 0), 12) for index in batch}

    assert seen == set(range(5))


@pytest.mark.parametrize(("batch", "world"), [(9, 1), (5, 2)])
def test_a_step_larger_than_the_data_is_refused(batch, world):
    with pytest.raises(ValueError, match=f"batch is {batch} on {world} processes, the data has 8 images; lower the"):
        ResumableBatches(8, batch, 0, world=world)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("workers", [1, 2])
def test_the_crops_do_not_depend_on_the_workers(workers):
    def steps(number, start=0):
        crops = TrainingCrops(Noise(6), CONFIG, seed=4)
        return islice(training_batches(crops, ResumableBatches(6, 2, 4, start), number), 4 - start)

    alone = list(steps(0))

    for mine, theirs in zip(alone, steps(workers), strict=True):
        assert torch.equal(mine[0], theirs[0])
        assert torch.equal(mine[1], theirs[1])
    for mine, theirs in zip(alone[2:], steps(workers, start=2), strict=True):
        assert torch.equal(mine[0], theirs[0])
    assert alone[0][0].shape == (2, 3, 32, 32)
    assert alone[0][1].shape == (2, 32, 32)


class Grouped(Noise):
    """White where the process that reads leads a group of its own, black elsewhere."""

    def __getitem__(self, index: int) -> Sample:
        leads = os.getpgrp() == os.getpid() != MAIN
        return Sample(np.full((40, 48, 3), 255 * leads, np.uint8), np.zeros((40, 48), np.int64), "")


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize(("workers", "value"), [(0, 0), (1, 255)])
def test_a_signal_to_the_group_reaches_the_job_alone(workers, value):
    crops = TrainingCrops(Grouped(2), DataConfig(crop=(32, 32), scales=(1.0, 1.0)), 0)

    image, _ = next(training_batches(crops, ResumableBatches(2, 2, 0), workers))

    assert image.unique().tolist() == [value]


class Damaged(Noise):
    """Nothing can be read."""

    def __getitem__(self, index: int) -> Sample:
        raise ValueError(f"image {index} is damaged; copy it again.")


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("workers", [0, 1])
def test_what_is_wrong_with_a_sample_is_one_sentence(workers):
    crops = TrainingCrops(Damaged(1), CONFIG, 0)

    with pytest.raises(ValueError, match=r"^image 0 is damaged; copy it again\.$"):
        next(training_batches(crops, ResumableBatches(1, 1, 0), workers))


def test_an_image_looks_different_in_the_next_epoch():
    crops = TrainingCrops(Noise(2), CONFIG, seed=0)

    assert not torch.equal(crops[0, 0][0], crops[0, 1][0])
    assert torch.equal(crops[0, 1][0], TrainingCrops(Noise(2), CONFIG, seed=0)[0, 1][0])
    assert len(crops) == 2


def test_the_loader_leaves_the_global_random_numbers_alone():
    state = torch.get_rng_state()

    next(training_batches(TrainingCrops(Noise(4), CONFIG, 0), ResumableBatches(4, 2, 0), 0))

    assert torch.equal(torch.get_rng_state(), state)


def test_images_are_read_once_while_they_fit(monkeypatch):
    data = Noise(3)
    crops = TrainingCrops(data, CONFIG, 0)
    for epoch in range(4):
        for index in range(3):
            crops[index, epoch]
    assert data.reads == 3

    # 40 * 48 * (3 + 8) = 21120 bytes a sample: the second one reaches the limit, the third is not kept.
    monkeypatch.setattr(loading, "_CACHE_BYTES", 30_000)
    data = Noise(3)
    crops = TrainingCrops(data, CONFIG, 0)
    for epoch in range(4):
        for index in range(3):
            crops[index, epoch]
    assert data.reads == 2 + 4
