"""Scenes as detection data: the cars, trucks, signs, lights and persons of generated street scenes."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.data.classes import ClassSet
from models.data.detection import DETECTION_SETS
from models.data.detection.sample import DetectionData, DetectionSample, enclosing
from models.data.scenes import CLASSES as ALL
from models.data.scenes import Scenes
from models.data.street.draw import draw_things

_THINGS = [index for index, thing in enumerate(ALL.thing_flags) if thing]
CLASSES = ClassSet(
    tuple(ALL.names[index] for index in _THINGS),
    tuple(ALL.colors[index] for index in _THINGS),
    thing_flags=(True,) * len(_THINGS),
)


@DETECTION_SETS.register("scenes")
class SceneObjects(DetectionData):
    """The same scenes as the segmentation data set, pixel for pixel; a mask is what is seen of one thing.

    Posts are no objects; that of a sign is not a part of it. What has fewer than ``min_pixels`` pixels in sight is an
    ignored object.

    Args:
        root: not used, scenes need no files.
        split: ``train``, ``val`` or ``test``.
        min_pixels: the least that has to be seen of an object that counts.
        options: count, size, knobs and seed, as models.data.scenes.Scenes has them.

    Raises:
        ValueError: as Scenes, or if min_pixels is negative.
    """

    SPLITS = Scenes.SPLITS
    needs_root = False
    name = "scenes"
    classes = CLASSES

    def __init__(self, root: object = None, split: str = "val", min_pixels: int = 16, **options: Any) -> None:
        if min_pixels < 0:
            raise ValueError(f"min_pixels is {min_pixels}, must be >= 0.")
        self.scenes, self.min_pixels = Scenes(root, split, **options), min_pixels
        self.ids = self.scenes.ids

    def __getitem__(self, index: int) -> DetectionSample:
        seed = self.scenes.scene_seed(range(len(self))[index])
        image, label, numbers = draw_things(seed, self.scenes.size, self.scenes.knobs)
        # A number tells things apart where the class is one of things.
        numbers = np.where(np.isin(label, _THINGS), numbers, 0)
        masks = np.stack([numbers == number for number in np.unique(numbers)])[np.unique(numbers) > 0]
        labels = np.array([_THINGS.index(int(label[mask][0])) for mask in masks], dtype=np.int64)
        boxes = np.array([enclosing(mask) for mask in masks], dtype=np.float32).reshape(-1, 4)
        ignored = masks.sum(axis=(1, 2)) < self.min_pixels
        return DetectionSample(image, boxes, labels, masks, ignored, self.ids[index])
