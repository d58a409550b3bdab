"""COCO-Stuff: 80 things and 91 kinds of stuff, 10k and 164k images (Caesar et al., CVPR 2018, arXiv:1612.03716).

COCO numbers its classes 1..182 and uses 171 of the numbers. There are no official colours; these are the VOC
devkit's for the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.data import DATASETS
from models.data.label_tables import label_table, read_rows
from models.data.pairs import Pair, PairedData, in_folder, listed, read_mat

ROWS = read_rows("coco_stuff")
# The MATLAB files of 10k hold COCO's numbers and 0 for unlabelled, the PNG files of 164k one less and 255.
TABLE_10K = label_table(ROWS, ignored=(0,))
TABLE_164K = label_table([replace(row, value=row.value - 1) for row in ROWS], ignored=(255,))


@DATASETS.register("coco_stuff")
class CocoStuff(PairedData):
    """118287 train and 5000 val images of COCO 2017 with the stuffthingmaps.

    Args:
        root: folder that holds images and annotations.
        split: ``train`` or ``val``.
    """

    SPLITS = ("train", "val")
    name = "coco_stuff"
    title = "COCO-Stuff 164k"
    layout = "ROOT/images/PART/NAME.jpg and ROOT/annotations/PART/NAME.png (PART: train2017, val2017)"
    table, classes = TABLE_164K, TABLE_164K.classes

    def find(self, split: str) -> Iterator[Pair]:
        images, labels = self.need(f"images/{split}2017"), self.need(f"annotations/{split}2017")
        return in_folder(images, ".jpg", labels, ".png")


@DATASETS.register("coco_stuff_10k")
class CocoStuff10k(PairedData):
    """9000 train and 1000 test images, release 1.1.

    Args:
        root: folder that holds images, annotations and imageLists.
        split: ``train`` or ``test``.
    """

    SPLITS = ("train", "test")
    name = "coco_stuff_10k"
    title = "COCO-Stuff 10k"
    layout = "ROOT/imageLists/SPLIT.txt, ROOT/images/NAME.jpg and ROOT/annotations/NAME.mat (SPLIT: train, test)"
    table, classes = TABLE_10K, TABLE_10K.classes

    def find(self, split: str) -> Iterator[Pair]:
        images, labels = self.need("images"), self.need("annotations")
        names = listed(self.need(f"imageLists/{split}.txt"))
        return (Pair(images / f"{name}.jpg", labels / f"{name}.mat") for name in names)

    def read_values(self, path: Path) -> NDArray[np.int64]:
        return read_mat(path, "S")
