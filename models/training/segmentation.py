"""Training of a segmentation network: the loop's steps with crops, labels and mIoU.

Recipe: Li et al., arXiv:2107.13154, section IV.B.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from torch import Tensor

from models.config import DataConfig
from models.data import open_data
from models.data.classes import SegmentationData
from models.data.loading import TrainingCrops, training_batches
from models.data.subset import limited, training_data
from models.evaluation.evaluate import Evaluation, evaluate
from models.segmenter import Segmenter
from models.training.job import Job
from models.training.looks import SEGMENTATION
from models.training.loop import Loop
from models.training.measure import Validation, save_measured
from models.training.recipe import Objective
from models.training.start import initialise


class SegmentationLoop(Loop):
    """The steps of a segmentation network's job."""

    score_name, score_title, look = "miou", "mIoU", SEGMENTATION
    job: Job

    def _open(self, config: DataConfig) -> tuple[SegmentationData, SegmentationData]:
        data = training_data(config, self.progress)
        return data, limited(open_data(config.name, config.root or None, config.val_split), config.limit)

    def _build(self) -> Segmenter:
        model, crop = Segmenter(self.job.model, self.data.classes), self.job.data.crop
        if min(crop) < model.min_size:
            raise ValueError(f"crop is {crop}, the network needs sides of at least {model.min_size}; enlarge it.")
        self.objective = Objective(self.job.train, self.data.classes.ignore_id)
        return model

    def _initialise(self) -> str:
        return initialise(self.model, self.job.train)

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        job = self.job
        crops = TrainingCrops(self.data, job.data, job.train.seed)
        for images, labels in training_batches(crops, self._order(), job.data.workers):
            yield images.to(self.fabric.device), labels.to(self.fabric.device)

    def _loss(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        images, labels = batch
        planes = self.model.normalise(images).contiguous(memory_format=self.layout)
        return self.objective(self.network(planes), labels)

    def measure(self, data: SegmentationData, last: bool = False) -> dict[str, float]:
        self.processes.share_buffers(self.model)
        return _rates(evaluate(self.model, data, boundary=last, progress=False, processes=self.processes))

    def few(self, count: int) -> SegmentationData:
        return limited(self.val, count)

    def _meta(self) -> dict[str, Any]:
        own = {"stage_classifiers": {"trunk": "learning"}} if self.model.stage_classifiers else {}
        return super()._meta() | own

    def _save(self) -> dict[str, float]:
        validation = Validation(self.val, self.job.data.val_split, processes=self.processes)
        return _rates(save_measured(self.model, self.run.checkpoint, self._meta(), validation))


def _rates(result: Evaluation) -> dict[str, float]:
    scores = result.output.scores
    classes = zip(result.class_names, scores.iou, strict=True)
    # A class that neither label nor answer has is left out.
    shares = {f"iou/{name}": float(value) for name, value in classes if not math.isnan(value)}
    return shares | {"miou": scores.miou, "pixel_accuracy": scores.pixel_accuracy}
