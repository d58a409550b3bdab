"""The official tables against other libraries' lists, known entries and counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from torchvision.datasets import Cityscapes
from torchvision.models._meta import _COCO_CATEGORIES, _VOC_CATEGORIES

from models.data import DATASETS
from models.data.classes import ClassSet
from models.data.label_tables import LabelTable, Row, devkit_color, label_table, read_rows

PATH = Path("a.png")
COUNTS = {
    "ade20k": 150,
    "camvid": 11,
    "camvid_32": 31,
    "cityscapes": 19,
    "cityscapes_coarse": 19,
    "coco_stuff": 171,
    "coco_stuff_10k": 171,
    "coco_voc": 21,
    "mapillary": 19,
    "nyud": 40,
    "pascal_context": 59,
    "pascal_context_60": 60,
    "voc": 21,
}


@pytest.mark.parametrize(("name", "count"), COUNTS.items())
def test_class_counts(name, count):
    classes = DATASETS.get(name).classes

    assert len(classes) == len(set(classes.names)) == count
    assert classes.ignore_id == 255


def test_cityscapes_is_torchvisions():
    rows = read_rows("cityscapes")
    theirs = [entry for entry in Cityscapes.classes if entry.id >= 0]
    table = DATASETS.get("cityscapes").table

    assert [(row.value, row.name, row.color, row.thing) for row in rows] == [
        (entry.id, entry.name, entry.color, entry.has_instances) for entry in theirs
    ]
    ours = table.train_ids(np.arange(34)[None], PATH)[0]
    assert ours.tolist() == [255 if entry.train_id in (-1, 255) else entry.train_id for entry in theirs]


def test_voc_is_torchvisions_with_the_devkits_colours():
    classes = DATASETS.get("voc").classes
    spelled = [name.replace("__background__", "background") for name in _VOC_CATEGORIES]

    assert list(classes.names) == spelled
    known = {"background": (0, 0, 0), "aeroplane": (128, 0, 0), "bird": (128, 128, 0), "car": (128, 128, 128)}
    known |= {"cat": (64, 0, 0), "person": (192, 128, 128), "tvmonitor": (0, 64, 128)}
    assert {name: classes.colors[classes.index(name)] for name in known} == known


def test_devkit_colours_of_bits():
    # 182 is 10 110 110 in bits: R has 0 0 0, G has 1 1 1, B has 1 1, from the low end into the high bits.
    assert (devkit_color(255), devkit_color(8), devkit_color(182)) == ((224, 224, 192), (64, 0, 0), (0, 224, 192))
    assert len({devkit_color(index) for index in range(256)}) == 256


def test_coco_stuff_has_cocos_numbers_and_gaps():
    rows = {row.value: row for row in read_rows("coco_stuff")}
    theirs = {number: name for number, name in enumerate(_COCO_CATEGORIES) if name not in ("__background__", "N/A")}

    assert {number: row.name for number, row in rows.items() if row.thing} == theirs
    assert len(theirs) == 80
    assert sorted({*range(1, 183)} - set(rows)) == [12, 26, 29, 30, 45, 66, 68, 69, 71, 83, 91]
    known = {92: "banner", 106: "clouds", 124: "grass", 149: "road", 157: "sky-other", 169: "tree", 182: "wood"}
    assert {number: rows[number].name for number in known} == known


def test_ade20k_entries():
    rows = {row.value: row for row in read_rows("ade20k")}

    assert sorted(rows) == list(range(1, 151))
    known = {1: "wall", 2: "building", 3: "sky", 4: "floor", 13: "person", 21: "car", 81: "bus", 128: "bicycle"}
    known |= {90: "television receiver", 137: "traffic light", 150: "flag"}
    assert {value: rows[value].name for value in known} == known
    assert (rows[1].color, rows[13].color, rows[150].color) == ((120, 120, 120), (150, 5, 61), (92, 0, 255))
    # The instance challenge has 100 of the 150. Road and skyscraper share a colour, and no others do.
    assert sum(row.thing for row in rows.values()) == 100
    assert len({row.color for row in rows.values()}) == 149


def test_pascal_context_is_in_alphabetical_order_and_holds_the_classes_of_voc():
    rows = read_rows("pascal_context")
    full = [row.value for row in read_rows("pascal_context", value="full")]

    assert [row.value for row in rows] == list(range(60))
    assert [row.name for row in rows[1:]] == sorted(row.name for row in rows[1:])
    voc = {"table" if name == "diningtable" else name for name in DATASETS.get("voc").classes.names}
    assert {row.name for row in rows if row.thing} == voc - {"background"}
    # Numbers among the 459 of the original labels.txt, which is alphabetical too.
    number = dict(zip((row.name for row in rows), full, strict=True))
    known = {"aeroplane": 2, "bag": 9, "cat": 65, "grass": 187, "person": 284, "sky": 360, "tree": 420, "wood": 458}
    assert {name: number[name] for name in known} == known
    assert full == sorted(set(full))


def test_nyud_entries():
    names = [row.name for row in read_rows("nyud")]

    assert (names[0], names[1], names[4], names[21], names[30]) == ("wall", "floor", "chair", "ceiling", "person")
    assert names[37:] == ["otherstructure", "otherfurniture", "otherprop"]


def test_camvid_has_32_colours_in_11_groups():
    rows = {row.name: row for row in read_rows("camvid")}

    assert len({row.color for row in rows.values()}) == len(rows) == 32
    assert {row.group for row in rows.values()} == {*DATASETS.get("camvid").classes.names, ""}
    assert [name for name, row in rows.items() if not row.group] == ["Void"]
    known = {
        "Wall": "building",
        "TrafficLight": "sign",
        "ParkingBlock": "pavement",
        "Train": "car",
        "Animal": "pedestrian",
    }
    assert {name: rows[name].group for name in known} == known
    assert (rows["Sidewalk"].color, rows["LaneMkgsDriv"].color) == ((0, 0, 192), (128, 0, 192))


def test_mapillary_fills_every_class_of_cityscapes():
    rows = read_rows("mapillary")
    groups = {row.name: row.group for row in rows}

    assert [row.value for row in rows] == list(range(66))
    assert {row.group for row in rows} == {*DATASETS.get("cityscapes").classes.names, ""}
    # What bears the same name in both.
    for name in ("road", "sidewalk", "building", "wall", "fence", "sky", "terrain", "vegetation", "person"):
        assert [group for full, group in groups.items() if full.endswith(f"--{name}")] == [name]
    for name in ("car", "truck", "bus", "motorcycle", "bicycle"):
        assert groups[f"object--vehicle--{name}"] == name
    assert groups["object--vehicle--on-rails"] == "train"


def test_a_value_without_meaning_is_named_with_its_place_and_what_is_known():
    table = LabelTable(ClassSet(("a", "b"), ((0, 0, 0), (1, 1, 1))), {3: 0, 4: 1, 7: 255})

    np.testing.assert_array_equal(table.train_ids(np.array([[3, 4], [7, 3]]), PATH), [[0, 1], [255, 0]])
    for strange in (5, 8, -1, 70_000):
        with pytest.raises(ValueError, match=rf"a.png has value {strange} at row 1, column 0.* one of 3..4, 7: take"):
            table.train_ids(np.array([[3, 4], [strange, 3]]), PATH)


def test_rows_may_share_a_class_and_values_may_be_ignored():
    rows = [
        Row(1, "car", (1, 1, 1), True, "car"),
        Row(2, "van", (2, 2, 2), True, "car"),
        Row(5, "dirt", (3, 3, 3), False, ""),
    ]

    table = label_table(rows, ignored=(0,))

    assert (table.classes.names, table.classes.thing_flags) == (("car",), (True,))
    assert table.train_id == {1: 0, 2: 0, 5: 255, 0: 255}
