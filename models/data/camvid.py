"""CamVid with 11 classes and with the original 32, in the SegNet split.

Brostow et al., Pattern Recognition Letters 30(2), 2009; split and 11 classes: Badrinarayanan et al., PAMI 2017.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.data import DATASETS
from models.data.classes import IGNORE, ClassSet
from models.data.images import read_rgb_label
from models.data.label_tables import LabelTable, label_table, read_rows
from models.data.pairs import Pair, PairedData, in_folder

CLASSES = ClassSet(
    names=(
        "sky",
        "building",
        "pole",
        "road",
        "pavement",
        "tree",
        "sign",
        "fence",
        "car",
        "pedestrian",
        "bicyclist",
    ),
    colors=(
        (128, 128, 128),
        (128, 0, 0),
        (192, 192, 128),
        (128, 64, 128),
        (60, 40, 222),
        (128, 128, 0),
        (192, 128, 128),
        (64, 64, 128),
        (64, 0, 128),
        (64, 64, 0),
        (0, 128, 192),
    ),
    thing_flags=(False, False, True, False, False, False, True, False, True, True, True),
)
_ROWS = read_rows("camvid")
_COLORS = [row.color for row in _ROWS]
_GROUPED = label_table(_ROWS, CLASSES)
_SINGLE = label_table([replace(row, group=row.name if row.group else "") for row in _ROWS])
# Files of ids: 255 is void, in SegNet's own files 11.
_IDS = LabelTable(CLASSES, {**{index: index for index in range(len(CLASSES))}, 11: IGNORE, IGNORE: IGNORE})
# For choosing recipes, by sequence: val is a single clip that lies inside a train sequence.
_HELD_OUT_SEQUENCE = "0001TP"
_ORIGINAL = "LabeledApproved_full"
_SPLITS = ("train", "val", "test", "fit", "select")


@DATASETS.register("camvid")
class CamVid(PairedData):
    """367 train, 101 val and 233 test images; 11 classes, read from ids or from the original 32 colours.

    Args:
        root: folder that holds train, val (and test) with images and labels, or the original folders.
        split: ``train``, ``val``, ``test``, or the cut of train by sequence: ``fit`` (without 0001TP) and ``select``
            (0001TP alone).
    """

    SPLITS = _SPLITS
    name = "camvid"
    title = "CamVid, 11 classes"
    layout = (
        "ROOT/SPLIT/images/NAME.jpg (or .png) and ROOT/SPLIT/labels/NAME.png, or the original files: "
        "ROOT/701_StillsRaw_full/NAME.png and ROOT/LabeledApproved_full/NAME_L.png"
    )
    table, classes = _IDS, CLASSES

    def find(self, split: str) -> Iterator[Pair]:
        part = "train" if split in ("fit", "select") else split
        for pair in self.pairs(part):
            if split == part or pair.image.name.startswith(_HELD_OUT_SEQUENCE) == (split == "select"):
                yield pair

    def pairs(self, part: str) -> Iterator[Pair]:
        """The pairs of train, val or test, in whichever of the two layouts the folder has."""
        if (self.root / _ORIGINAL).is_dir():
            return self.original_pairs(part)
        return in_folder(self.need(f"{part}/images"), (".jpg", ".png"), self.need(f"{part}/labels"), ".png")

    def original_pairs(self, part: str) -> Iterator[Pair]:
        """The pairs of train, val or test in the original folders."""
        images, labels = self.need("701_StillsRaw_full"), self.need(_ORIGINAL)
        return (pair for pair in in_folder(images, ".png", labels, "_L.png") if _part(pair.image.stem) == part)

    def read_values(self, path: Path) -> NDArray[np.int64]:
        if path.parent.name == _ORIGINAL:
            return _GROUPED.train_ids(read_rgb_label(path, _COLORS), path)
        return super().read_values(path)


@DATASETS.register("camvid_32")
class CamVid32(CamVid):
    """The original 701 images with 31 classes; the 32nd colour is void. The same split, found by the names.

    Args:
        root: folder that holds the original folders.
        split: as for ``camvid``.
    """

    SPLITS = _SPLITS
    name = "camvid_32"
    title = "CamVid, 32 colours"
    layout = "ROOT/701_StillsRaw_full/NAME.png and ROOT/LabeledApproved_full/NAME_L.png"
    table, classes = _SINGLE, _SINGLE.classes

    def pairs(self, part: str) -> Iterator[Pair]:
        return self.original_pairs(part)

    def read_values(self, path: Path) -> NDArray[np.int64]:
        return read_rgb_label(path, _COLORS)


def _part(name: str) -> str:
    """Part of SegNet's split: of 0016E5 the clip at 15 Hz is val, of 0001TP the second half is test."""
    sequence, _, frame = name.partition("_")
    digits = "".join(character for character in frame if character.isdigit())
    number = int(digits or 0)
    if sequence == "0016E5" and 7959 <= number <= 8159:
        return "val"
    return "test" if sequence == "Seq05VD" or (sequence == "0001TP" and number > 8520) else "train"
