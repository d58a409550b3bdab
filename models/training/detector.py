"""Training of a detector: the same loop, run folder and resume with boxes and masks for labels."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from models.checkpoint import save_checkpoint
from models.config import DataConfig
from models.data.detection import open_detection
from models.data.detection.loading import Batch, TrainingObjects
from models.data.detection.sample import DetectionData
from models.data.detection.subset import limited_objects
from models.data.loading import training_batches
from models.detection.checkpoint import load_detector
from models.detection.detector import Detector
from models.detection.evaluate import DetectionScores, evaluate_detector
from models.training.choices import check_masks
from models.training.job import DetectorJob
from models.training.looks import DETECTION
from models.training.loop import Loop
from models.training.measure import as_stored
from models.training.start import backbone_alone, pretrained_backbone


class DetectorLoop(Loop):
    """The steps of a detector's job; the loss is the sum of torchvision's for proposals, classes, boxes and masks."""

    score_name, score_title, look = "voc_map50", "mAP@.5", DETECTION
    job: DetectorJob

    def _open(self, config: DataConfig) -> tuple[DetectionData, DetectionData]:
        if config.hard_classes:
            raise ValueError("hard_classes are for segmentation; leave them out for a detector.")
        train, val = (
            limited_objects(open_detection(config.name, config.root or None, split), config.limit)
            for split in (config.split, config.val_split)
        )
        return train, val

    def _build(self) -> Detector:
        check_masks(self.job.model, self.data)
        return Detector(self.job.model, self.data.classes)

    def _initialise(self) -> str:
        recipe = self.job.train
        if recipe.start_head:
            raise ValueError("start_head is for segmentation; a detector takes the backbone of start alone.")
        if recipe.start:
            return backbone_alone(self.model, recipe.start)
        return pretrained_backbone(self.model, recipe.weights)

    def _loss(self, batch: Batch) -> Tensor:
        losses, _ = self.network(*batch)
        return torch.stack(list(losses.values())).sum()

    def measure(self, data: DetectionData, last: bool = False) -> dict[str, float]:
        return _rates(evaluate_detector(self.model, data, progress=False))

    def few(self, count: int) -> DetectionData:
        return limited_objects(self.val, count)

    def _save(self) -> dict[str, float]:
        file, split = self.run.checkpoint, self.job.data.val_split
        # Average precision ranks all boxes of a data set: every process measures all of them, the first one writes.
        stored = as_stored(self.model, file, load_detector, self.processes)
        result = evaluate_detector(stored, self.val, progress=False)
        if self.processes.is_first:
            save_checkpoint(self.model, file, {**self._meta(), "metrics": result.to_json() | {"split": split}})
        return _rates(result)

    def batches(self) -> Iterator[Batch]:
        job, device = self.job, self.fabric.device
        samples = TrainingObjects(self.data, job.data, job.model.sides, job.train.seed)
        for images, targets in training_batches(samples, self._order(), job.data.workers):
            moved = [{name: value.to(device) for name, value in target.items()} for target in targets]
            yield [image.to(device) for image in images], moved


def _rates(result: DetectionScores) -> dict[str, float]:
    """The means that are defined, and the AP@.5 of each class that is there."""
    scores = result.to_json()
    means = {name: value for name, value in scores.items() if isinstance(value, float)}
    classes = {f"ap/{name}": rates["voc_ap50"] for name, rates in scores["classes"].items()}
    return {name: rate for name, rate in classes.items() if rate is not None} | {"voc_map50": result.map50} | means
