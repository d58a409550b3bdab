"""Average precision of a detector on a data set: VOC's mAP@.5, COCO's box AP and mask AP.

COCO (Lin et al., ECCV 2014): AP is the mean over IoU 0.50, 0.55 .. 0.95, counted by pycocotools through torchmetrics.
"""

from __future__ import annotations

import importlib.util
import logging
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from models.data.classes import ClassSet
from models.data.detection.sample import DetectionData, DetectionSample
from models.detection.detector import Detections, Detector
from models.detection.voc_ap import VocScores, VocTally
from models.evaluation.iou import mean_of_defined
from models.network import evaluating

_log = logging.getLogger(__name__)
# Name in COCO's own summary -> ours.
_RATES = {
    "map": "ap",
    "map_50": "ap50",
    "map_75": "ap75",
    "map_small": "ap_small",
    "map_medium": "ap_medium",
    "map_large": "ap_large",
}
_KINDS = {"bbox": "box", "segm": "mask"}


@dataclass(frozen=True, slots=True)
class DetectionScores:
    """Result of evaluate_detector().

    Attributes:
        class_names: K names.
        voc: average precision of each class at IoU 0.5 as VOC counts it.
        coco: ``box`` and, for a detector with masks on data with masks, ``mask`` -> rates ``ap``, ``ap50``, ``ap75``,
            ``ap_small``, ``ap_medium``, ``ap_large`` and ``classes`` (K rates); empty without pycocotools.
        images: number of images.
    """

    class_names: tuple[str, ...]
    voc: VocScores
    coco: dict[str, dict[str, Any]]
    images: int

    @property
    def map50(self) -> float:
        """VOC's mAP@.5 over the whole curve, nan when there was nothing to find."""
        return mean_of_defined(self.voc.area)

    def to_json(self) -> dict[str, Any]:
        """Plain values, rates in 0..1, None where a rate is undefined or was not measured."""
        classes = {
            name: {"voc_ap50_11": _rate(eleven), "voc_ap50": _rate(area)}
            | {f"{kind}_ap": _rate(rates["classes"][index]) for kind, rates in self.coco.items()}
            for index, (name, eleven, area) in enumerate(
                zip(self.class_names, self.voc.eleven, self.voc.area, strict=True)
            )
        }
        means = {"voc_map50_11": _rate(mean_of_defined(self.voc.eleven)), "voc_map50": _rate(self.map50)}
        for kind in _KINDS.values():
            rates = self.coco.get(kind, {})
            means |= {f"{kind}_{name}": _rate(rates.get(name, math.nan)) for name in _RATES.values()}
        return means | {"classes": classes, "images": self.images}


def evaluate_detector(model: Detector, data: DetectionData, progress: bool = True) -> DetectionScores:
    """Compare what a detector finds with the objects of a data set.

    Args:
        model: detector with the class names of the data; it is put into eval mode while it is measured.
        data: samples with objects.
        progress: show a bar on stderr.

    Raises:
        ValueError: if the classes differ or a sample cannot be read.
    """
    if model.classes.names != data.classes.names:
        raise ValueError(
            f"the detector was trained on the classes {list(model.classes.names)}, {data.name} has "
            f"{list(data.classes.names)}; evaluate on data with the same classes in the same order."
        )
    tally = DetectionTally(data.classes, model.config.masks and data.has_masks)
    with evaluating(model):
        for index in tqdm(range(len(data)), desc=f"evaluate {data.name}", unit="image", disable=not progress):
            sample = data[index]
            tally.add(model.predict(sample.image), sample)
    return tally.result()


@dataclass
class DetectionTally:
    """Collects images for both ways to count.

    Args:
        classes: of data and detector.
        masks: count masks too.
        images: counted so far.
    """

    classes: ClassSet
    masks: bool
    images: int = 0
    _voc: VocTally = field(init=False)
    _coco: Any = field(init=False)

    def __post_init__(self) -> None:
        self._voc, self._coco = VocTally(len(self.classes)), _coco_metric(self.masks)

    def add(self, found: Detections, sample: DetectionSample) -> None:
        """Count an image."""
        self.images += 1
        truth = (sample.boxes, sample.labels, sample.ignored)
        self._voc.add((found.boxes, found.scores, found.labels), truth)
        if self._coco is None:
            return
        said = {"boxes": found.boxes, "scores": found.scores, "labels": found.labels}
        true = {"boxes": sample.boxes, "labels": sample.labels, "iscrowd": sample.ignored.astype(np.int64)}
        if self.masks:
            said["masks"], true["masks"] = _masks(found.masks), _masks(sample.masks)
        self._coco.update(
            [{name: torch.from_numpy(value) for name, value in said.items()}],
            [{name: torch.from_numpy(value) for name, value in true.items()}],
        )

    def result(self) -> DetectionScores:
        """Scores of all images that were added."""
        rates = {}
        if self._coco is not None and self.images:
            values = self._coco.compute()
            kinds = ("bbox", "segm") if self.masks else ("bbox",)
            rates = {_KINDS[kind]: self._rates(values, f"{kind}_" if self.masks else "") for kind in kinds}
        return DetectionScores(self.classes.names, self._voc.result(), rates, self.images)

    def _rates(self, values: dict[str, Any], prefix: str) -> dict[str, Any]:
        # The library says -1 where there is nothing to find.
        rates = {name: _defined(float(values[prefix + key])) for key, name in _RATES.items()}
        classes = np.full(len(self.classes), np.nan)
        known = np.atleast_1d(values["classes"].numpy()).astype(int)
        classes[known] = np.atleast_1d(values[f"{prefix}map_per_class"].numpy())
        return rates | {"classes": [_defined(float(value)) for value in classes]}


def _coco_metric(masks: bool) -> Any:
    """The library's metric; None where pycocotools is not installed."""
    if importlib.util.find_spec("pycocotools") is None:
        _log.warning("pycocotools is not installed, COCO's AP is left out; install it to have box AP and mask AP.")
        return None
    from torchmetrics.detection import MeanAveragePrecision

    return MeanAveragePrecision(iou_type=("bbox", "segm") if masks else "bbox", class_metrics=True)


def _masks(masks: Any) -> Any:
    if masks is None:
        raise ValueError("masks are to be counted and there are none; give a detector and data with masks.")
    return masks


def _defined(value: float) -> float:
    return math.nan if value < 0 else value


def _rate(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
