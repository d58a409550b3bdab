"""COCO 2017 instances: boxes and masks of 80 classes (Lin et al., ECCV 2014, arXiv:1405.0312)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.data.classes import ClassSet
from models.data.coco_json import CocoImage, Region, read_coco
from models.data.detection import DETECTION_SETS
from models.data.detection.sample import DetectionData, DetectionSample, cut_boxes
from models.data.images import read_image
from models.data.label_tables import devkit_color
from models.data.pairs import check_files, check_split, file_id, needed
from models.data.regions import region_mask


@DETECTION_SETS.register("coco")
class Coco(DetectionData):
    """118287 train and 5000 val images; any data set in COCO's instances format and folders.

    The classes are the file's categories by rising number, and have the VOC devkit's colours for these numbers.
    Crowds are ignored objects. A region without area in the image, or whose mask holds no pixel, is left out.

    Args:
        root: folder that holds train2017, val2017 and annotations.
        split: ``train`` or ``val``.

    Raises:
        ValueError: for another split, naming the first path that is missing and the layout that is expected, or if the
            annotations are not in COCO's format.
    """

    SPLITS = ("train", "val")
    name = "coco"
    layout = "ROOT/PART/NAME.jpg and ROOT/annotations/instances_PART.json (PART: train2017, val2017)"

    def __init__(self, root: str | Path, split: str = "val") -> None:
        check_split(self.name, split, self.SPLITS)
        root = Path(root)
        folder = needed(root, f"{split}2017", self.layout)
        self._path = needed(root, f"annotations/instances_{split}2017.json", self.layout)
        content = read_coco(self._path)
        colors = tuple(devkit_color(number) for number in content.categories)
        self.classes = ClassSet(tuple(content.categories.values()), colors, thing_flags=(True,) * len(colors))
        self._place, self._images = content.place, content.images
        self._files = [folder / image.file_name for image in self._images]
        check_files(self._files, root, self.layout)
        self.ids = [file_id(path, root) for path in self._files]

    def __getitem__(self, index: int) -> DetectionSample:
        entry, image = self._images[index], read_image(self._files[index])
        if image.shape[:2] != (entry.height, entry.width):
            raise ValueError(
                f"{self._files[index]} is {image.shape[0]}x{image.shape[1]}, {self._path} says "
                f"{entry.height}x{entry.width} (height x width); take the original image."
            )
        boxes = np.array([_corners(region) for region in entry.regions], dtype=np.float32).reshape(-1, 4)
        boxes, kept = cut_boxes(boxes, entry.height, entry.width)
        masks = self._masks(entry)
        kept &= masks.any(axis=(1, 2))
        labels = np.array([self._place[region.category] for region in entry.regions], dtype=np.int64)
        ignored = np.array([region.crowd for region in entry.regions], dtype=bool)
        return DetectionSample(image, boxes[kept], labels[kept], masks[kept], ignored[kept], self.ids[index])

    def _masks(self, entry: CocoImage) -> NDArray[np.bool_]:
        masks = np.zeros((len(entry.regions), entry.height, entry.width), dtype=bool)
        for mask, region in zip(masks, entry.regions, strict=True):
            try:
                mask[:] = region_mask(region.segmentation, entry.height, entry.width)
            except ValueError as error:
                raise ValueError(f"{self._path}, a region of {entry.file_name}: {error}") from error
        return masks


def _corners(region: Region) -> tuple[float, float, float, float]:
    x, y, width, height = region.box
    return x, y, x + width, y + height
