"""Small trees with the official names and encodings of each data set."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

# Every picture is 2 rows of 3 pixels.
PHOTO = (3, 2)


class Tree:
    """Writes files below a folder, making the folders on the way."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def photo(self, *places: str, size: tuple[int, int] = PHOTO) -> None:
        for place in places:
            Image.new("RGB", size, (10, 20, 30)).save(self.path(place))

    def ids(self, values: Sequence[Sequence[int]], *places: str, palette: bool = False) -> None:
        image = Image.fromarray(np.array(values, np.uint8))
        if palette:
            image.putpalette(bytes(range(256)) * 3)
        for place in places:
            image.save(self.path(place))

    def mat(self, key: str, values: Sequence[Sequence[int]], *places: str) -> None:
        for place in places:
            savemat(self.path(place), {key: np.array(values, np.uint16), "names": "as in the original file"})

    def colors(self, colors: Sequence[Sequence[Sequence[int]]], *places: str) -> None:
        for place in places:
            Image.fromarray(np.array(colors, np.uint8)).save(self.path(place))

    def text(self, content: str, *places: str) -> None:
        for place in places:
            self.path(place).write_text(content)

    def json(self, content: Any, place: str) -> None:
        self.text(json.dumps(content), place)

    def path(self, place: str) -> Path:
        path = self.root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def cityscapes(tree: Tree, labels: str = "gtFine", extra: str = "test") -> None:
    """Road, rider, ego vehicle; bicycle, license plate's neighbour 33, unlabelled."""
    for split, city in (("train", "aachen"), ("train", "bochum"), ("val", "frankfurt"), (extra, "berlin")):
        stem = f"{city}/{city}_000000_000019"
        tree.photo(f"leftImg8bit/{split}/{stem}_leftImg8bit.png")
        tree.ids([[7, 25, 1], [33, 26, 0]], f"{labels}/{split}/{stem}_{labels}_labelIds.png")


def cityscapes_coarse(tree: Tree) -> None:
    cityscapes(tree, "gtCoarse", "train_extra")


def ade20k(tree: Tree) -> None:
    for part, stem in (("training", "ADE_train_00000001"), ("validation", "ADE_val_00000001")):
        tree.photo(f"images/{part}/{stem}.jpg")
        tree.ids([[0, 1, 150], [7, 13, 2]], f"annotations/{part}/{stem}.png")


def mapillary(tree: Tree, labels: str = "labels") -> None:
    for part in ("training", "validation"):
        tree.photo(f"{part}/images/0035fkbjWljhaftpVM37-g.jpg")
        tree.ids([[13, 24, 65], [20, 50, 4]], f"{part}/{labels}/0035fkbjWljhaftpVM37-g.png", palette=True)
    tree.photo("testing/images/_0aB.jpg")


def voc(tree: Tree) -> None:
    for split, name in (("train", "2007_000032"), ("val", "2007_000033"), ("test", "2008_000006")):
        tree.photo(f"JPEGImages/{name}.jpg")
        tree.text(f"{name}\n", f"ImageSets/Segmentation/{split}.txt")
        if split != "test":
            tree.ids([[0, 1, 255], [20, 15, 0]], f"SegmentationClass/{name}.png", palette=True)
    tree.text("2007_000032\n2007_000033\n", "ImageSets/Segmentation/trainval.txt")
    tree.photo("JPEGImages/2008_000002.jpg")
    tree.ids([[2, 2, 255], [0, 0, 0]], "SegmentationClassAug/2008_000002.png", "SegmentationClassAug/2007_000032.png")
    tree.text(
        "/JPEGImages/2007_000032.jpg /SegmentationClassAug/2007_000032.png\n2008_000002\n",
        "ImageSets/Segmentation/trainaug.txt",
    )


def pascal_context(tree: Tree) -> None:
    for split, name in (("train", "2008_000002"), ("val", "2008_000003")):
        tree.photo(f"JPEGImages/{name}.jpg")
        tree.text(f"{name}\n", f"ImageSets/SegmentationContext/{split}.txt")
        tree.ids([[0, 1, 59], [37, 2, 0]], f"SegmentationClassContext/{name}.png")


def coco_stuff(tree: Tree) -> None:
    for part, name in (("train2017", "000000000009"), ("val2017", "000000000139")):
        tree.photo(f"images/{part}/{name}.jpg")
        tree.ids([[0, 181, 255], [10, 12, 91]], f"annotations/{part}/{name}.png")


def coco_stuff_10k(tree: Tree) -> None:
    for split, name in (("train", "COCO_train2014_000000000077"), ("test", "COCO_train2014_000000000081")):
        tree.photo(f"images/{name}.jpg")
        tree.mat("S", [[1, 182, 0], [11, 13, 92]], f"annotations/{name}.mat")
        tree.text(f"{name}\n", f"imageLists/{split}.txt")


def nyud(tree: Tree) -> None:
    for splits, name in ((("train", "trainval"), "5003"), (("val",), "5001"), (("test",), "5002")):
        tree.photo(f"data/images/img_{name}.png")
        tree.mat("segmentation", [[0, 1, 40], [2, 5, 38]], f"segmentation/img_{name}.mat")
        tree.text(f"{name}\n", *(f"{split}.txt" for split in splits))


def camvid(tree: Tree) -> None:
    for split, name in (("train", "0001TP_006690"), ("train", "0006R0_f00930"), ("val", "0016E5_07959")):
        tree.photo(f"{split}/images/{name}.jpg")
        tree.ids([[0, 10, 255], [3, 3, 8]], f"{split}/labels/{name}.png")


def camvid_32(tree: Tree) -> None:
    """Sky, SUV, void; lane marking, tunnel, child."""
    colors = [[[128, 128, 128], [64, 128, 192], [0, 0, 0]], [[128, 0, 192], [64, 0, 64], [192, 128, 64]]]
    for name in ("0001TP_006690", "0001TP_008550", "0006R0_f00930", "0016E5_00390", "0016E5_07959", "Seq05VD_f00000"):
        tree.photo(f"701_StillsRaw_full/{name}.png")
        tree.colors(colors, f"LabeledApproved_full/{name}_L.png")


def instances(tree: Tree, part: str, entries: Sequence[dict[str, Any]], numbers: Sequence[int] = (9,)) -> None:
    """COCO's instances JSON of 40x30 images with five of its categories."""
    categories = {1: "person", 4: "motorcycle", 18: "dog", 27: "backpack", 72: "tv"}
    for number in numbers:
        tree.photo(f"{part}/{number:012d}.jpg", size=(40, 30))
    content = {
        "images": [{"id": n, "file_name": f"{n:012d}.jpg", "width": 40, "height": 30} for n in numbers],
        "categories": [{"id": number, "name": name} for number, name in categories.items()],
        "annotations": [{"id": place, "iscrowd": 0, **entry} for place, entry in enumerate(entries)],
    }
    tree.json(content, f"annotations/instances_{part}.json")


def rectangle(image: int, category: int, box: tuple[int, int, int, int]) -> dict[str, Any]:
    """An annotation of a rectangle x, y, width, height."""
    x, y, width, height = box
    corners = [x, y, x + width, y, x + width, y + height, x, y + height]
    return {"image_id": image, "category_id": category, "bbox": box, "area": width * height, "segmentation": [corners]}


def coco_voc(tree: Tree) -> None:
    for part, number in (("train2017", 9), ("val2017", 139)):
        regions = [rectangle(number, 1, (0, 0, 40, 26)), rectangle(number, 27, (0, 26, 40, 4))]
        instances(tree, part, regions, (number,))


BUILDERS: dict[str, Callable[[Tree], None]] = {
    "ade20k": ade20k,
    "camvid": camvid,
    "camvid_32": camvid_32,
    "cityscapes": cityscapes,
    "cityscapes_coarse": cityscapes_coarse,
    "coco_stuff": coco_stuff,
    "coco_stuff_10k": coco_stuff_10k,
    "coco_voc": coco_voc,
    "mapillary": mapillary,
    "nyud": nyud,
    "pascal_context": pascal_context,
    "pascal_context_60": pascal_context,
    "voc": voc,
}


@pytest.fixture
def builders() -> dict[str, Callable[[Tree], None]]:
    """Name of a data set -> what writes a small one."""
    return BUILDERS


@pytest.fixture
def annotate() -> Callable[..., None]:
    """Writes instances in COCO's format."""
    return instances


@pytest.fixture
def box_region() -> Callable[..., dict[str, Any]]:
    """An annotation of a rectangle."""
    return rectangle
