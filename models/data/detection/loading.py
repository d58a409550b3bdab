"""Feeding the training of a detector: samples of several sizes, each from its own seed."""

from __future__ import annotations

from torch import Tensor

from models.config import DataConfig
from models.data.detection.sample import DetectionData, DetectionSample
from models.data.detection.transforms import augment_objects
from models.data.loading import CachedSamples

Batch = tuple[list[Tensor], list[dict[str, Tensor]]]


class TrainingObjects(CachedSamples[DetectionSample]):
    """Augmented samples of a detection data set; an index is ``(image, epoch)``.

    Args:
        data: samples with their objects.
        config: augmentation.
        sides: short and long side of the detector's frame.
        seed: of the whole job.
    """

    def __init__(self, data: DetectionData, config: DataConfig, sides: tuple[int, int], seed: int) -> None:
        super().__init__(data)
        self.config, self.sides, self.seed = config, sides, seed

    def __getitem__(self, index: tuple[int, int]) -> tuple[Tensor, dict[str, Tensor]]:
        number, epoch = index
        return augment_objects(self.sample(number), self.config, self.sides, (self.seed, epoch, number))

    def bytes_of(self, sample: DetectionSample) -> int:
        return sample.image.nbytes + (0 if sample.masks is None else sample.masks.nbytes)

    def collate(self, items: list[tuple[Tensor, dict[str, Tensor]]]) -> Batch:
        """Images (3, h, w) and their targets as lists, for their sizes differ."""
        return [image for image, _ in items], [target for _, target in items]
