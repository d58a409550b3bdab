"""PASCAL Context: the 59 most frequent classes, and 60 with background (Mottaghi et al., CVPR 2014).

The classes stand in the order of the PNG files that everyone trains on, which is alphabetical.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.data import DATASETS
from models.data.label_tables import label_table, read_rows
from models.data.pairs import Pair, PairedData, devkit, listed, read_mat

_ROWS = read_rows("pascal_context")
TABLE_60 = label_table(_ROWS)
TABLE_59 = label_table([replace(row, group="") if row.value == 0 else row for row in _ROWS])
# Number of each class among the 459 of the original files; it rises with the value, so the place is the value.
_AMONG_459 = np.array([row.value for row in read_rows("pascal_context", value="full")])


@DATASETS.register("pascal_context")
class PascalContext(PairedData):
    """4998 train and 5105 val images of VOC 2010; 59 classes, everything else is ignored.

    Args:
        root: the folder VOC2010, or the one that holds it or VOCdevkit. Labels are PNG files of 0..59 in
            SegmentationClassContext, or the original MATLAB files of 459 classes in trainval.
        split: ``train``, ``val`` or ``trainval``.
    """

    SPLITS = ("train", "val", "trainval")
    name = "pascal_context"
    title = "Pascal Context, 59 classes"
    layout = (
        "ROOT/JPEGImages/NAME.jpg, ROOT/ImageSets/SegmentationContext/SPLIT.txt (or ImageSets/Main/SPLIT.txt) and "
        "ROOT/SegmentationClassContext/NAME.png or ROOT/trainval/NAME.mat"
    )
    table, classes = TABLE_59, TABLE_59.classes

    def locate(self, root: Path) -> Path:
        return devkit(root, "2010")

    def find(self, split: str) -> Iterator[Pair]:
        images = self.need("JPEGImages")
        original = (self.root / "trainval").is_dir() and not (self.root / "SegmentationClassContext").is_dir()
        folder, ending = ("trainval", ".mat") if original else ("SegmentationClassContext", ".png")
        labels = self.need(folder)
        lists = "SegmentationContext" if (self.root / "ImageSets" / "SegmentationContext").is_dir() else "Main"
        for part in ("train", "val") if split == "trainval" else (split,):
            for name in listed(self.need(f"ImageSets/{lists}/{part}.txt")):
                yield Pair(images / f"{name}.jpg", labels / f"{name}{ending}")

    def read_values(self, path: Path) -> NDArray[np.int64]:
        if path.suffix != ".mat":
            return super().read_values(path)
        values = read_mat(path, "LabelMap")
        place = np.searchsorted(_AMONG_459, values).clip(max=len(_AMONG_459) - 1)
        return np.where(_AMONG_459[place] == values, place, 0)


@DATASETS.register("pascal_context_60")
class PascalContext60(PascalContext):
    """The same with everything else as class 0, background.

    Args:
        root: as for ``pascal_context``.
        split: ``train``, ``val`` or ``trainval``.
    """

    name = "pascal_context_60"
    title = "Pascal Context, 60 classes"
    table, classes = TABLE_60, TABLE_60.classes
