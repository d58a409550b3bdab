"""Scores of a network on a data set: IoU, pixel accuracy and boundary F, of its output and of its stages."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models.data.classes import ClassSet, Sample, SegmentationData
from models.evaluation.boundary import TOLERANCES, BoundaryResult, BoundaryScores
from models.evaluation.inference import OUTPUT, InferenceOptions, predict_stages, stage_names
from models.evaluation.iou import Scores, confusion
from models.processes import ALONE, Processes

if TYPE_CHECKING:
    from models.network import Network

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MapScores:
    """Scores of one kind of label map.

    Attributes:
        scores: IoU and pixel accuracy.
        boundary: boundary F, None when it was not measured.
    """

    scores: Scores
    boundary: BoundaryResult | None

    def to_json(self, class_names: Sequence[str]) -> dict[str, Any]:
        """Plain values, rates in 0..1, None where a rate is undefined or was not measured."""
        unknown = dict.fromkeys(TOLERANCES, math.nan)
        mean = self.boundary.mean if self.boundary else unknown
        mean_present = self.boundary.mean_present if self.boundary else unknown
        return {
            "miou": _rate(self.scores.miou),
            "pixel_accuracy": _rate(self.scores.pixel_accuracy),
            "iou": {name: _rate(value) for name, value in zip(class_names, self.scores.iou, strict=True)},
            "boundary_f": {name: _rate(value) for name, value in mean.items()},
            "boundary_f_present": {name: _rate(value) for name, value in mean_present.items()},
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Result of evaluate().

    Attributes:
        class_names: K names.
        output: scores of the network's own answer.
        stages: scores of each stage that has logits.
        images: number of images that were evaluated.
        skipped: ids of the images without a label.
    """

    class_names: tuple[str, ...]
    output: MapScores
    stages: dict[str, MapScores]
    images: int
    skipped: tuple[str, ...]

    @property
    def confusion(self) -> NDArray[np.int64]:
        """(K, K) pixel counts of the network's answer, rows are labels, columns are predictions."""
        return self.output.scores.confusion

    def to_json(self) -> dict[str, Any]:
        """What ``gald evaluate --json`` prints."""
        stages = {name: scores.to_json(self.class_names) for name, scores in self.stages.items()}
        return self.output.to_json(self.class_names) | {"stages": stages}


def evaluate(
    model: Network,
    data: SegmentationData,
    options: InferenceOptions | None = None,
    boundary: bool = True,
    progress: bool = True,
    processes: Processes = ALONE,
) -> Evaluation:
    """Compare the answers of a network with the labels of a data set.

    Images without a label are left out; each is reported as an error in the log and listed in the result.

    Args:
        model: network with the class names of the data.
        data: samples with labels.
        options: scales, mirroring, tiles; the plain image when None, which is the protocol of boundary F.
        boundary: measure boundary F too.
        progress: show a bar on stderr.
        processes: those that share the images, all with the same network; each gets the whole result. IoU is
            exactly that of one process, as it counts pixels; boundary F, a sum of fractions, is so to rounding.

    Raises:
        ValueError: if the classes differ, no sample has a label, or a label does not fit its image or
            the classes.
    """
    _check_classes(model.classes, data)
    names = (OUTPUT, *stage_names(model))
    tallies = {name: _Tally(data.classes, boundary) for name in names}
    skipped: list[str] = []
    for sample, label in _labelled(data, skipped, progress, processes):
        predictions = predict_stages(model, sample.image, options, names)
        for name, tally in tallies.items():
            tally.add(predictions[name].label, label, sample.id)
    skipped = _merged(tallies, skipped, data, processes)
    images = len(data) - len(skipped)
    if not images:
        raise ValueError(f"0 of {len(data)} images of {data.name} have a label, at least 1 is needed; add label files.")
    results = {name: tally.result() for name, tally in tallies.items()}
    output = results.pop(OUTPUT)
    return Evaluation(data.classes.names, output, results, images, tuple(skipped))


def _labelled(
    data: SegmentationData, skipped: list[str], progress: bool, processes: Processes
) -> Iterator[tuple[Sample, NDArray[np.int64]]]:
    """This process's samples with their labels; the ids of those without are added to skipped."""
    own = range(processes.rank, len(data), processes.world)
    for index in tqdm(own, desc=f"evaluate {data.name}", unit="image", disable=not progress):
        sample = data[index]
        if sample.label is None:
            skipped.append(sample.id)
            _log.error("%s has no label and is left out of the evaluation; add its label file.", sample.id)
        else:
            yield sample, sample.label


def _merged(tallies: dict[str, _Tally], skipped: list[str], data: SegmentationData, processes: Processes) -> list[str]:
    """Add the other processes' counts to the tallies; the ids that all of them skipped, in the data's order."""
    if processes.world == 1:
        return skipped
    parts = processes.gathered((tallies, skipped))
    for name, tally in tallies.items():
        for rank, (others, _) in enumerate(parts):
            if rank != processes.rank:
                tally.include(others[name])
    missed = {sample for _, ids in parts for sample in ids}
    return [sample for sample in data.ids if sample in missed]


class _Tally:
    def __init__(self, classes: ClassSet, boundary: bool) -> None:
        self.classes = classes
        self.confusion = np.zeros((len(classes), len(classes)), dtype=np.int64)
        self.boundary = BoundaryScores(len(classes), classes.ignore_id) if boundary else None

    def add(self, prediction: NDArray[np.int64], label: NDArray[np.int64], sample_id: str) -> None:
        try:
            self.confusion += confusion(prediction, label, len(self.classes), self.classes.ignore_id)
        except ValueError as error:
            raise ValueError(f"sample {sample_id}: {error}") from error
        if self.boundary:
            self.boundary.add(prediction, label)

    def include(self, other: _Tally) -> None:
        self.confusion += other.confusion
        if self.boundary and other.boundary:
            self.boundary.include(other.boundary)

    def result(self) -> MapScores:
        return MapScores(Scores(self.confusion), self.boundary.result() if self.boundary else None)


def _check_classes(classes: ClassSet, data: SegmentationData) -> None:
    if classes.names != data.classes.names:
        raise ValueError(
            f"the network was trained on the classes {list(classes.names)}, {data.name} has "
            f"{list(data.classes.names)}; evaluate on data with the same classes in the same order."
        )


def _rate(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
