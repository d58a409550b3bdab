"""NYU Depth v2, colour images with 40 classes (Silberman et al., ECCV 2012; classes: Gupta et al., CVPR 2013).

There are no official colours; these are the VOC devkit's for the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.data import DATASETS
from models.data.label_tables import label_table, read_rows
from models.data.pairs import Pair, PairedData, listed, read_mat

TABLE = label_table(read_rows("nyud"), ignored=(0,))


@DATASETS.register("nyud")
class Nyud(PairedData):
    """795 trainval and 654 test images; labels hold 1..40, and 0 for unlabelled.

    Args:
        root: Gupta's folder of images, label maps and lists.
        split: ``train``, ``val``, ``trainval`` or ``test``; train and val divide the 795.
    """

    SPLITS = ("train", "val", "trainval", "test")
    name = "nyud"
    title = "NYUD-V2"
    layout = "ROOT/SPLIT.txt, ROOT/data/images/img_NAME.png and ROOT/segmentation/img_NAME.mat (or .png)"
    table, classes = TABLE, TABLE.classes

    def find(self, split: str) -> Iterator[Pair]:
        names = listed(self.need(f"{split}.txt"))
        images, labels = self.need("data/images"), self.need("segmentation")
        ending = ".png" if next(labels.glob("img_*.png"), None) else ".mat"
        return (Pair(images / f"img_{name}.png", labels / f"img_{name}{ending}") for name in names)

    def read_values(self, path: Path) -> NDArray[np.int64]:
        return read_mat(path, "segmentation") if path.suffix == ".mat" else super().read_values(path)
