"""The values of each data set's label files, as the official encoding has them, to train ids."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from models.data import open_data


def label(name, tree, split="train", index=0):
    """Class names and 255 of a label in the small tree, row by row."""
    data = open_data(name, tree.root, split)
    return [
        [value if value == 255 else data.classes.names[value] for value in row] for row in data[index].label.tolist()
    ]


EXPECTED = {
    "ade20k": [[255, "wall", "flag"], ["road", "person", "building"]],
    "camvid": [["sky", "bicyclist", 255], ["road", "road", "car"]],
    "camvid_32": [["Sky", "SUVPickupTruck", 255], ["LaneMkgsDriv", "Tunnel", "Child"]],
    "cityscapes": [["road", "rider", 255], ["bicycle", "car", 255]],
    "cityscapes_coarse": [["road", "rider", 255], ["bicycle", "car", 255]],
    "coco_stuff": [["person", "wood", 255], ["fire hydrant", "stop sign", "banner"]],
    "coco_stuff_10k": [["person", "wood", 255], ["fire hydrant", "stop sign", "banner"]],
    "mapillary": [["road", "road", 255], ["rider", "traffic sign", 255]],
    "nyud": [[255, "wall", "otherprop"], ["floor", "chair", "otherstructure"]],
    "pascal_context": [[255, "aeroplane", "wood"], ["person", "bag", 255]],
    "pascal_context_60": [["background", "aeroplane", "wood"], ["person", "bag", "background"]],
    "voc": [["background", "aeroplane", 255], ["tvmonitor", "person", "background"]],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_values_become_classes(name, tree, builders):
    builders[name](tree)

    assert label(name, tree) == EXPECTED[name]


@pytest.mark.parametrize(
    ("name", "place", "strange"),
    [
        ("ade20k", "annotations/training/ADE_train_00000001.png", 151),
        ("cityscapes", "gtFine/train/aachen/aachen_000000_000019_gtFine_labelIds.png", 34),
        ("coco_stuff", "annotations/train2017/000000000009.png", 11),
        ("mapillary", "training/labels/0035fkbjWljhaftpVM37-g.png", 66),
        ("voc", "SegmentationClass/2007_000032.png", 21),
        ("pascal_context", "SegmentationClassContext/2008_000002.png", 60),
    ],
)
def test_a_value_that_no_class_has_is_found(name, place, strange, tree, builders):
    builders[name](tree)
    tree.ids([[0, 0, 0], [0, strange, 0]], place)

    with pytest.raises(ValueError, match=rf"{place} has value {strange} at row 1, column 1, which is no class"):
        open_data(name, tree.root, "train")[0]


def test_splits_are_put_together(tree, builders):
    builders["cityscapes"](tree)
    parts = [open_data("cityscapes", tree.root, split) for split in ("train", "val")]

    assert open_data("cityscapes", tree.root, "trainval").ids == [*parts[0].ids, *parts[1].ids]
    assert parts[0].ids[0] == "leftImg8bit/train/aachen/aachen_000000_000019_leftImg8bit"


@pytest.mark.parametrize("name", ["ade20k", "pascal_context"])
def test_trainval_is_train_and_val(name, tree, builders):
    builders[name](tree)

    ids = [list(open_data(name, tree.root, split).ids) for split in ("train", "val", "trainval")]

    assert ids[0] + ids[1] == ids[2]


@pytest.mark.parametrize("name", ["cityscapes", "mapillary", "voc"])
def test_a_test_split_has_no_labels(name, tree, builders):
    builders[name](tree)

    data = open_data(name, tree.root, "test")

    assert len(data) == 1
    assert data[0].label is None


def test_coarse_labels_of_the_extra_images(tree, builders):
    builders["cityscapes_coarse"](tree)

    data = open_data("cityscapes_coarse", tree.root, "train_extra")

    assert data.ids == ["leftImg8bit/train_extra/berlin/berlin_000000_000019_leftImg8bit"]
    with pytest.raises(ValueError, match=r"gtFine does not exist; expected ROOT/leftImg8bit/SPLIT/CITY/"):
        open_data("cityscapes", tree.root, "train")


def test_mapillary_2_is_read_by_its_older_labels(tree, builders):
    builders["mapillary"](tree)
    for part in ("training", "validation"):
        (tree.root / part / "v1.2").mkdir()
        shutil.move(tree.root / part / "labels", tree.root / part / "v1.2" / "labels")

    assert label("mapillary", tree) == EXPECTED["mapillary"]


def test_voc_with_the_augmented_list(tree, builders):
    builders["voc"](tree)

    data = open_data("voc", tree.root, "trainaug")

    assert data.ids == ["JPEGImages/2007_000032", "JPEGImages/2008_000002"]
    assert data[1].label.tolist() == [[2, 2, 255], [0, 0, 0]]
    shutil.rmtree(tree.root / "SegmentationClassAug")
    with pytest.raises(ValueError, match=r"SegmentationClassAug does not exist; expected ROOT/JPEGImages"):
        open_data("voc", tree.root, "trainaug")


def test_voc_has_the_same_ids_from_above_the_devkit(tree, builders, tmp_path):
    builders["voc"](tree)
    below = open_data("voc", tree.root, "train").ids
    target = tmp_path / "x" / "VOCdevkit" / "VOC2012"
    shutil.copytree(tree.root, target, ignore=shutil.ignore_patterns("x"))

    assert open_data("voc", tmp_path / "x", "train").ids == below


def test_pascal_context_from_the_files_of_459_classes(tree, builders):
    builders["pascal_context"](tree)
    shutil.rmtree(tree.root / "SegmentationClassContext")
    (tree.root / "ImageSets/SegmentationContext").rename(tree.root / "ImageSets/Main")
    # accordion, aeroplane, wood; person, bag, and the last of the 459.
    for name in ("2008_000002", "2008_000003"):
        tree.mat("LabelMap", [[1, 2, 458], [284, 9, 459]], f"trainval/{name}.mat")

    for name in ("pascal_context", "pascal_context_60"):
        assert label(name, tree) == EXPECTED[name]


def test_nyud_from_png_files(tree, builders):
    builders["nyud"](tree)
    for path in (tree.root / "segmentation").iterdir():
        path.unlink()
    for name in ("5001", "5002", "5003"):
        tree.ids([[0, 1, 40], [2, 5, 38]], f"segmentation/img_{name}.png")

    assert label("nyud", tree) == EXPECTED["nyud"]
    assert open_data("nyud", tree.root, "test").ids == ["data/images/img_5002"]


def test_camvid_is_split_by_the_names_of_the_originals(tree, builders):
    builders["camvid_32"](tree)
    names = {
        split: [name.split("/")[1] for name in open_data("camvid_32", tree.root, split).ids]
        for split in ("train", "val", "test", "fit", "select")
    }

    assert names == {
        "train": ["0001TP_006690", "0006R0_f00930", "0016E5_00390"],
        "val": ["0016E5_07959"],
        "test": ["0001TP_008550", "Seq05VD_f00000"],
        "fit": ["0006R0_f00930", "0016E5_00390"],
        "select": ["0001TP_006690"],
    }


def test_camvid_of_11_classes_from_the_originals(tree, builders):
    builders["camvid_32"](tree)

    assert label("camvid", tree) == [["sky", "car", 255], ["road", "building", "pedestrian"]]


def test_a_colour_that_camvid_does_not_have_is_found(tree, builders):
    builders["camvid_32"](tree)
    tree.colors([[[1, 2, 3]] * 3] * 2, "LabeledApproved_full/0001TP_006690_L.png")

    for name in ("camvid", "camvid_32"):
        with pytest.raises(ValueError, match=r"0001TP_006690_L.png has colour \(1, 2, 3\) at row 0, column 0"):
            open_data(name, tree.root, "train")[0]


def test_the_split_by_names_is_the_one_of_the_prepared_files(camvid_root):
    from models.data.camvid import _part

    for split, count in (("train", 367), ("val", 101)):
        names = [name.split("/")[-1] for name in open_data("camvid", camvid_root, split).ids]
        assert np.array([_part(name) == split for name in names]).sum() == count
