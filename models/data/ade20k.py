"""ADE20K, the 150 classes of the scene parsing benchmark (Zhou et al., CVPR 2017; arXiv:1608.05442)."""

from __future__ import annotations

from collections.abc import Iterator

from models.data import DATASETS
from models.data.label_tables import label_table, read_rows
from models.data.pairs import Pair, PairedData, in_folder

TABLE = label_table(read_rows("ade20k"), ignored=(0,))
_FOLDERS = {"train": ("training",), "val": ("validation",), "trainval": ("training", "validation")}


@DATASETS.register("ade20k")
class Ade20k(PairedData):
    """20210 train and 2000 val images; labels hold 1..150, and 0 for unlabelled.

    Args:
        root: the folder ADEChallengeData2016.
        split: ``train``, ``val`` or ``trainval``.
    """

    SPLITS = tuple(_FOLDERS)
    name = "ade20k"
    title = "ADE20K"
    layout = "ROOT/images/PART/NAME.jpg and ROOT/annotations/PART/NAME.png (PART: training, validation)"
    table, classes = TABLE, TABLE.classes

    def find(self, split: str) -> Iterator[Pair]:
        for part in _FOLDERS[split]:
            images, labels = self.need(f"images/{part}"), self.need(f"annotations/{part}")
            yield from in_folder(images, ".jpg", labels, ".png")
