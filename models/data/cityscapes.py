"""Cityscapes with 19 classes, fine and coarse labels (Cordts et al., CVPR 2016, arXiv:1604.01685)."""

from __future__ import annotations

from collections.abc import Iterator

from models.data import DATASETS
from models.data.label_tables import label_table, read_rows
from models.data.pairs import Pair, PairedData, in_folder

TABLE = label_table(read_rows("cityscapes"))


@DATASETS.register("cityscapes")
class Cityscapes(PairedData):
    """2975 train, 500 val and 1525 test images with fine labels; those of the test images are not public.

    The labels are read as label ids (``_labelIds.png``), 34 values of which 19 are trained.

    Args:
        root: folder that holds leftImg8bit and gtFine.
        split: ``train``, ``val``, ``test`` or ``trainval``.
    """

    SPLITS = ("train", "val", "test", "trainval")
    name = "cityscapes"
    title = "Cityscapes"
    layout = (
        "ROOT/leftImg8bit/SPLIT/CITY/NAME_leftImg8bit.png and ROOT/gtFine/SPLIT/CITY/NAME_gtFine_labelIds.png "
        "(SPLIT: train, val, test)"
    )
    table, classes = TABLE, TABLE.classes
    labels = "gtFine"

    def find(self, split: str) -> Iterator[Pair]:
        for part in ("train", "val") if split == "trainval" else (split,):
            yield from self.part(part, self.labels)

    def part(self, part: str, kind: str) -> Iterator[Pair]:
        """Images of train, val, test or train_extra with labels of one kind, gtFine or gtCoarse."""
        images = self.need(f"leftImg8bit/{part}")
        labels = None if part == "test" else self.need(f"{kind}/{part}")
        yield from in_folder(images, "_leftImg8bit.png", labels, f"_{kind}_labelIds.png")


@DATASETS.register("cityscapes_coarse")
class CityscapesCoarse(Cityscapes):
    """The 19998 train_extra images, and the train and val images, with coarse labels.

    Args:
        root: folder that holds leftImg8bit and gtCoarse, and gtFine for the last split.
        split: ``train``, ``val``, ``train_extra``, ``trainval``, or ``trainval_coarse``: train and val with fine labels
            and train_extra with coarse ones (DeepLabv3, appendix C).
    """

    SPLITS = ("train", "val", "train_extra", "trainval", "trainval_coarse")
    name = "cityscapes_coarse"
    title = "Cityscapes, coarse labels"
    layout = (
        "ROOT/leftImg8bit/SPLIT/CITY/NAME_leftImg8bit.png and ROOT/gtCoarse/SPLIT/CITY/NAME_gtCoarse_labelIds.png "
        "(SPLIT: train, train_extra, val)"
    )
    labels = "gtCoarse"

    def find(self, split: str) -> Iterator[Pair]:
        if split != "trainval_coarse":
            yield from super().find(split)
            return
        for part, kind in (("train", "gtFine"), ("val", "gtFine"), ("train_extra", "gtCoarse")):
            yield from self.part(part, kind)
