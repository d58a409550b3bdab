"""Mapillary Vistas with the 19 Cityscapes classes (Neuhold et al., ICCV 2017).

The 66 classes of version 1.2 are mapped by what the Cityscapes annotators were told: lanes, markings, crosswalks,
manholes and potholes are road; curbs and pedestrian areas are sidewalk; every rider is a rider; what Cityscapes does
not train (parking, bridges, guard rails, the backs of signs) or labels otherwise (street lights, sign frames) is
ignored.
"""

from __future__ import annotations

from collections.abc import Iterator

from models.data import DATASETS
from models.data.cityscapes import TABLE as CITYSCAPES
from models.data.label_tables import label_table, read_rows
from models.data.pairs import Pair, PairedData, in_folder

TABLE = label_table(read_rows("mapillary"), CITYSCAPES.classes)
_FOLDERS = {"train": "training", "val": "validation", "test": "testing"}


@DATASETS.register("mapillary")
class Mapillary(PairedData):
    """18000 train, 2000 val and 5000 test images of up to 22 megapixels; the test labels are not public.

    Args:
        root: folder that holds training, validation and testing; of release 1.2, or of 2.0 with its v1.2 labels.
        split: ``train``, ``val`` or ``test``.
    """

    SPLITS = tuple(_FOLDERS)
    name = "mapillary"
    title = "Mapillary Vistas as Cityscapes"
    layout = (
        "ROOT/PART/images/NAME.jpg and ROOT/PART/labels/NAME.png or ROOT/PART/v1.2/labels/NAME.png "
        "(PART: training, validation, testing)"
    )
    table, classes = TABLE, TABLE.classes

    def find(self, split: str) -> Iterator[Pair]:
        part = _FOLDERS[split]
        images = self.need(f"{part}/images")
        if split == "test":
            return in_folder(images, ".jpg")
        newer = (self.root / part / "v1.2").is_dir()
        return in_folder(images, ".jpg", self.need(f"{part}/v1.2/labels" if newer else f"{part}/labels"), ".png")
