"""What is kept of a fixed image, and of what a network says about it while it learns: arrays by name, made small."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from models.data.classes import Sample
from models.data.detection.sample import DetectionSample
from models.detection.detector import Detector
from models.evaluation.inference import OUTPUT, predict_stages, stage_names
from models.segmenter import Segmenter
from models.stages import record, stages_of

LONGEST = 384  # pixels of the longer side that is kept
MASK, AFFINITY = "ld.mask", "ld.affinity"
_INNER = (MASK, AFFINITY)

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Look:
    """How one kind of network is looked at.

    Attributes:
        truth: sample, ignore id -> what its annotation says.
        answer: network in eval mode, image (H, W, 3) uint8 -> what the network says.
    """

    truth: Callable[[Any, int], Arrays]
    answer: Callable[[Any, NDArray[np.uint8]], Arrays]


def small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """At most LONGEST pixels on the longer side; ids keep being ids."""
    height, width = picture.shape[:2]
    factor = max(height, width) / LONGEST
    if factor <= 1:
        return picture
    size = (max(round(width / factor), 1), max(round(height / factor), 1))
    how = Image.Resampling.NEAREST if picture.ndim == 2 else Image.Resampling.BOX
    return np.asarray(Image.fromarray(picture).resize(size, how))


def _label(sample: Sample, ignore_id: int) -> Arrays:
    label = np.full(sample.image.shape[:2], ignore_id) if sample.label is None else sample.label
    return {"label": small(label.astype(np.uint8))}


def _classes_of_pixels(model: Segmenter, image: NDArray[np.uint8]) -> Arrays:
    """``output`` and the stages (H, W) uint8, and the maps of LD."""
    names = (OUTPUT, *stage_names(model))
    inner = [name for name in _INNER if name in stages_of(model)]
    with record(model, inner) as seen:
        predictions = predict_stages(model, image, stages=names)
    found = {name: small(prediction.label.astype(np.uint8)) for name, prediction in predictions.items()}
    return found | {name: _kept(name, seen[name][0]) for name in inner}


def _labelled_objects(sample: DetectionSample, _ignore_id: int) -> Arrays:
    size = sample.image.shape[:2]
    return _objects(sample.boxes, sample.labels, sample.masks, size) | {"ignored": sample.ignored}


def _found_objects(model: Detector, image: NDArray[np.uint8]) -> Arrays:
    """``boxes``, ``labels``, ``scores`` and maybe ``masks`` of the objects, and the maps of LD."""
    inner = [name for name in _INNER if name in stages_of(model)]
    with record(model, inner) as seen:
        found = model.predict(image)
    objects = _objects(found.boxes, found.labels, found.masks, image.shape[:2]) | {"scores": found.scores}
    return objects | {name: _kept(name, model.within_image(seen[name][0], image)) for name in inner}


def _objects(
    boxes: NDArray[np.float32], labels: NDArray[np.int64], masks: NDArray[np.bool_] | None, size: tuple[int, ...]
) -> Arrays:
    """At the size of the image that is kept."""
    height, width = small(np.zeros(size[:2], np.uint8)).shape
    found: Arrays = {"boxes": (boxes * ([width / size[1], height / size[0]] * 2)).astype(np.float32), "labels": labels}
    if masks is not None:
        shrunk = [small(mask.astype(np.uint8)) for mask in masks]
        found["masks"] = np.array(shrunk, dtype=bool).reshape(-1, height, width)
    return found


def _kept(name: str, value: torch.Tensor) -> NDArray[np.float16]:
    """The mean over a mask's channels (h, w); an affinity (k*k, h, w) as it is."""
    value = value.float()
    return (value.mean(dim=0) if name == MASK else value).to(torch.float16).numpy()


SEGMENTATION = Look(_label, _classes_of_pixels)
DETECTION = Look(_labelled_objects, _found_objects)
