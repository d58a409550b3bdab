"""PASCAL VOC 2012 segmentation, 20 classes and background (Everingham et al., IJCV 2015).

The augmented list is that of Hariharan et al., ICCV 2011, as the DeepLab papers use it (arXiv:1706.05587, section 4).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from models.data import DATASETS
from models.data.label_tables import label_table, read_rows
from models.data.pairs import Pair, PairedData, devkit, listed

TABLE = label_table(read_rows("voc"), ignored=(255,))


@DATASETS.register("voc")
class Voc(PairedData):
    """1464 train, 1449 val, 1456 test and 10582 trainaug images; the test labels are not public.

    Args:
        root: the folder VOC2012, or the one that holds it or VOCdevkit.
        split: ``train``, ``val``, ``trainval``, ``trainaug`` or ``test``.
    """

    SPLITS = ("train", "val", "trainval", "trainaug", "test")
    name = "voc"
    title = "PASCAL VOC 2012"
    layout = (
        "ROOT/JPEGImages/NAME.jpg, ROOT/ImageSets/Segmentation/SPLIT.txt and ROOT/SegmentationClass/NAME.png, "
        "for trainaug ROOT/SegmentationClassAug/NAME.png"
    )
    table, classes = TABLE, TABLE.classes

    def locate(self, root: Path) -> Path:
        return devkit(root, "2012")

    def find(self, split: str) -> Iterator[Pair]:
        images, names = self.need("JPEGImages"), listed(self.need(f"ImageSets/Segmentation/{split}.txt"))
        labels = None if split == "test" else self.need("SegmentationClass" + "Aug" * (split == "trainaug"))
        return (Pair(images / f"{name}.jpg", labels and labels / f"{name}.png") for name in names)
