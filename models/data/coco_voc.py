"""COCO with the classes of PASCAL VOC, to start a VOC network from (arXiv:1706.05587, section 4.3).

Kept are the images with a region of more than 1000 pixels of a VOC class; every other COCO class is background. The
paper says "annotation regions larger than 1000 pixels", read here as one region. Where two classes claim a pixel, it is
ignored: the annotations overlap and do not say which lies in front.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.data import DATASETS
from models.data.classes import IGNORE, Sample, SegmentationData
from models.data.coco_json import CocoImage, read_coco
from models.data.images import check_sizes_match, read_image
from models.data.pairs import check_files, check_split, file_id, needed
from models.data.regions import region_mask
from models.data.voc import TABLE as VOC

LEAST_PIXELS = 1000
# COCO's name -> VOC's, where they differ.
_RENAMED = {
    "airplane": "aeroplane",
    "dining table": "diningtable",
    "motorcycle": "motorbike",
    "potted plant": "pottedplant",
    "couch": "sofa",
    "tv": "tvmonitor",
}


@DATASETS.register("coco_voc")
class CocoVoc(SegmentationData):
    """COCO 2017 with 20 VOC classes and background; train is the trainval-minus-minival of the paper, val minival.

    Args:
        root: folder that holds train2017, val2017 and annotations.
        split: ``train`` or ``val``.

    Raises:
        ValueError: for another split, or naming the first path that is missing and the layout that is expected.
    """

    SPLITS = ("train", "val")
    name = "coco_voc"
    title = "COCO, VOC classes"
    layout = "ROOT/PART/NAME.jpg and ROOT/annotations/instances_PART.json (PART: train2017, val2017)"
    classes = VOC.classes

    def __init__(self, root: str | Path, split: str = "val") -> None:
        check_split(self.name, split, self.SPLITS)
        root = Path(root)
        folder = needed(root, f"{split}2017", self.layout)
        self._path = needed(root, f"annotations/instances_{split}2017.json", self.layout)
        content = read_coco(self._path)
        self._ids = voc_ids(content.categories)
        self._images = [image for image in content.images if self._is_kept(image)]
        self._files = [folder / image.file_name for image in self._images]
        check_files(self._files, root, self.layout)
        self.ids = [file_id(path, root) for path in self._files]

    def __getitem__(self, index: int) -> Sample:
        image, label = read_image(self._files[index]), self._label(self._images[index])
        check_sizes_match(image, label, self._files[index])
        return Sample(image, label, self.ids[index])

    def _is_kept(self, image: CocoImage) -> bool:
        return any(region.area > LEAST_PIXELS and region.category in self._ids for region in image.regions)

    def _label(self, image: CocoImage) -> NDArray[np.int64]:
        label = np.zeros((image.height, image.width), dtype=np.int64)
        for region in image.regions:
            if region.category not in self._ids:
                continue
            try:
                mask = region_mask(region.segmentation, image.height, image.width)
            except ValueError as error:
                raise ValueError(f"{self._path}, a region of {image.file_name}: {error}") from error
            painted = mask & (label != 0) & (label != self._ids[region.category])
            label[mask] = self._ids[region.category]
            label[painted] = IGNORE
        return label


def voc_ids(categories: Mapping[int, str]) -> dict[int, int]:
    """COCO's number of a class -> id of the VOC class, for those that VOC has."""
    names = {number: _RENAMED.get(name, name) for number, name in categories.items()}
    return {number: VOC.classes.index(name) for number, name in names.items() if name in VOC.classes.names}
