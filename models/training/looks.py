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
TOKENS, FEATURES = "tokens", "classifier.features"
# What is kept of a few cells: their vectors, their places (x, y) in the image that is kept, and their labels.
VECTORS, PLACES, LABELS = "cells.vectors", "cells.places", "cells.labels"
MAPS = (MASK, AFFINITY)
CELLS = 300  # of an image

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Look:
    """How one kind of network is looked at.

    Attributes:
        truth: sample, ignore id -> what its annotation says.
        answer: network in eval mode, sample -> what the network says of its image.
    """

    truth: Callable[[Any, int], Arrays]
    answer: Callable[[Any, Any], Arrays]


def small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture (H, W) or (H, W, 3) with at most LONGEST pixels on the longer side, (h, w, ...); ids keep being ids."""
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


def _classes_of_pixels(model: Segmenter, sample: Sample) -> Arrays:
    """``output`` and the stages (H, W) uint8, the maps of LD, class tokens, and the features of a few cells."""
    names = (OUTPUT, *stage_names(model))
    stages = stages_of(model)
    inner, ends = ([name for name in some if name in stages] for some in (MAPS, (TOKENS, FEATURES)))
    with record(model, [*inner, *ends]) as seen:
        predictions = predict_stages(model, sample.image, stages=names)
    found: Arrays = {name: small(prediction.label.astype(np.uint8)) for name, prediction in predictions.items()}
    found |= {name: _kept(name, seen[name][0]) for name in inner}
    if len(ends) == 2 and sample.label is not None:
        found[TOKENS] = seen[TOKENS].to(torch.float16).cpu().numpy()
        found |= _cells(seen[FEATURES][0], np.asarray(sample.label), model.classes.ignore_id)
    return found


def _cells(features: torch.Tensor, label: NDArray[np.integer], ignore_id: int) -> Arrays:
    """At most CELLS cells of a map (C, h, w), the same at every step, as many of each class where there are enough."""
    middles = [
        ((np.arange(n) + 0.5) * full / n).astype(int) for n, full in zip(features.shape[1:], label.shape, strict=True)
    ]
    ids = label[np.ix_(*middles)].ravel()
    order = np.random.default_rng(0).permutation(np.flatnonzero(ids != ignore_id))
    # The turn of each cell within its class: first the first ones of all classes, then the second ones.
    turn = np.zeros(len(order), dtype=int)
    for one in np.unique(ids[order]):
        members = ids[order] == one
        turn[members] = np.arange(members.sum())
    chosen = np.sort(order[np.argsort(turn, kind="stable")[:CELLS]])
    rows, columns = np.divmod(chosen, features.shape[2])
    shrunk = small(label.astype(np.uint8)).shape
    places = np.stack(
        [middles[1][columns] * shrunk[1] // label.shape[1], middles[0][rows] * shrunk[0] // label.shape[0]], 1
    )
    vectors = features.flatten(1).T[torch.from_numpy(chosen)].to(torch.float16).cpu().numpy()
    return {VECTORS: vectors, PLACES: places.astype(np.int16), LABELS: ids[chosen].astype(np.uint8)}


def _labelled_objects(sample: DetectionSample, _ignore_id: int) -> Arrays:
    size = sample.image.shape[:2]
    return _objects(sample.boxes, sample.labels, sample.masks, size) | {"ignored": sample.ignored}


def _found_objects(model: Detector, sample: DetectionSample) -> Arrays:
    """``boxes``, ``labels``, ``scores`` and maybe ``masks`` of the objects, and the maps of LD."""
    image = sample.image
    inner = [name for name in MAPS if name in stages_of(model)]
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
