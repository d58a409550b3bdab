"""Feeding a training job: per-sample seeds and a sampler that can start in the middle of an epoch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Generic, Protocol, TypeVar

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler, default_collate, get_worker_info

from models.config import DataConfig
from models.data.classes import Sample, SegmentationData
from models.data.transforms import augment

# So much of the decoded images is kept, by all workers together: decoding costs more than scaling and cropping.
_CACHE_BYTES = 1 << 30


Item = TypeVar("Item")
Read = TypeVar("Read", covariant=True)


class Samples(Protocol[Read]):
    """A sequence of samples."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Read: ...


class CachedSamples(Dataset, Generic[Item]):
    """Samples of a data set, decoded once as long as there is room.

    Args:
        data: a sequence of samples.
    """

    def __init__(self, data: Samples[Item]) -> None:
        self.data = data
        self._kept: dict[int, Item] = {}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self.data)

    def bytes_of(self, sample: Item) -> int:
        """Memory that a kept sample takes."""
        return 0

    def collate(self, items: list[Any]) -> Any:
        """The items of a batch together: stacked."""
        return default_collate(items)

    def sample(self, index: int) -> Item:
        """The sample at this place."""
        if index in self._kept:
            return self._kept[index]
        sample = self.data[index]
        worker = get_worker_info()
        if self._bytes < _CACHE_BYTES // (worker.num_workers if worker else 1):
            self._kept[index] = sample
            self._bytes += self.bytes_of(sample)
        return sample


class TrainingCrops(CachedSamples[Sample]):
    """Augmented crops of a data set; an index is ``(image, epoch)``.

    Args:
        data: labelled samples.
        config: augmentation.
        seed: of the whole job.
    """

    def __init__(self, data: SegmentationData, config: DataConfig, seed: int) -> None:
        super().__init__(data)
        self.ignore_id, self.config, self.seed = data.classes.ignore_id, config, seed

    def __getitem__(self, index: tuple[int, int]) -> tuple[Tensor, Tensor]:
        number, epoch = index
        return augment(self.sample(number), self.config, self.ignore_id, (self.seed, epoch, number))

    def bytes_of(self, sample: Sample) -> int:
        return sample.image.nbytes + (0 if sample.label is None else sample.label.nbytes)


class ResumableBatches(Sampler[list[tuple[int, int]]]):
    """Batches of (index, epoch) without end: an epoch-seeded permutation, sharded by rank, from any step on.

    An epoch leaves out the images that do not fill a step of all processes; each epoch others.

    Args:
        items: images in the data set.
        batch: images a rank and step.
        seed: of the whole job.
        start: steps already done.
        rank: this process.
        world: number of processes.

    Raises:
        ValueError: if one step needs more images than there are.
    """

    def __init__(self, items: int, batch: int, seed: int, start: int = 0, rank: int = 0, world: int = 1) -> None:
        if batch * world > items:
            raise ValueError(f"batch is {batch} on {world} processes, the data has {items} images; lower the batch.")
        self.items, self.batch, self.seed = items, batch, seed
        self.start, self.rank, self.world = start, rank, world

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        step_items = self.batch * self.world
        steps = self.items // step_items
        step = self.start
        while True:
            epoch, position = divmod(step, steps)
            generator = torch.Generator().manual_seed(self.seed * 100_003 + epoch)
            order = torch.randperm(self.items, generator=generator).tolist()
            while position < steps:
                chosen = order[position * step_items : (position + 1) * step_items]
                yield [(index, epoch) for index in chosen[self.rank :: self.world]]
                position, step = position + 1, step + 1


def training_batches(samples: CachedSamples, batches: ResumableBatches, workers: int) -> Iterator[Any]:
    """Batches without end; the global random state stays untouched.

    Those of TrainingCrops are images (B, 3, h, w) uint8 and labels (B, h, w) int64.

    Args:
        samples: what is drawn from.
        batches: which samples, without end.
        workers: processes that load; 0 for this one.

    Raises:
        ValueError: if a sample cannot be read, as the data set says it, from a loader process too.
    """
    try:
        yield from _loader(samples, batches, workers)
    except ValueError as error:
        # A loader process puts its traceback in front of the message.
        raise ValueError(str(error).rpartition("\nValueError: ")[2].strip()) from error


def _loader(samples: CachedSamples, batches: ResumableBatches, workers: int) -> DataLoader:
    # Without a generator of its own the loader would draw from the global one, and shift dropout.
    generator = torch.Generator().manual_seed(batches.seed)
    return DataLoader(
        samples,
        batch_sampler=batches,
        num_workers=workers,
        collate_fn=samples.collate,
        generator=generator,
        worker_init_fn=_leave_signals_to_the_job,
        pin_memory=torch.cuda.is_available(),
        persistent_workers=False,
    )


def _leave_signals_to_the_job(_worker: int) -> None:
    # Ctrl-C and schedulers signal the whole group: a worker that dies of it takes the job along before it can save.
    if hasattr(os, "setpgrp"):
        os.setpgrp()
