from __future__ import annotations

import pytest

from models.data.detection import open_detection


def write_panoptic(tree, segments: list[dict], values: list[list[int]]) -> None:
    classes = [
        {"index": 0, "name": "person", "colour": [128, 0, 0], "isthing": 1},
        {"index": 4, "name": "road", "colour": [0, 0, 9], "isthing": 0},
        {"index": 7, "name": "dog", "colour": [0, 128, 0], "isthing": 1},
    ]
    tree.json({"classes133": classes}, "classes.json")
    tree.json({"images": [{"file": "000000000139.jpg", "segments": segments}]}, "val/segments.json")
    tree.photo("val/images/000000000139.jpg")
    tree.ids(values, "val/panoptic/000000000139.png")


SEGMENTS = [
    {"index": 1, "category": 7, "isthing": 1, "iscrowd": 0},
    {"index": 2, "category": 4, "isthing": 0, "iscrowd": 0},
    {"index": 3, "category": 0, "isthing": 1, "iscrowd": 1},
]


def test_things_of_a_panoptic_map_are_objects(tree):
    write_panoptic(tree, SEGMENTS, [[1, 1, 3], [2, 1, 0]])

    data = open_detection("panoptic_folder", tree.root, "val")
    sample = data[0]

    assert (data.classes.names, data.ids) == (("person", "dog"), ["val/images/000000000139"])
    assert (sample.labels.tolist(), sample.ignored.tolist()) == ([1, 0], [False, True])
    assert sample.boxes.tolist() == [[0, 0, 2, 2], [2, 0, 3, 1]]
    assert sample.masks.astype(int).tolist() == [[[1, 1, 0], [0, 1, 0]], [[0, 0, 1], [0, 0, 0]]]


def test_a_segment_without_pixels_and_a_class_that_is_not_there_are_refused(tree):
    write_panoptic(tree, SEGMENTS, [[1, 1, 0], [2, 1, 0]])
    with pytest.raises(ValueError, match=r"000000000139.png has no pixel of segment 3"):
        open_detection("panoptic_folder", tree.root, "val")[0]

    write_panoptic(tree, [SEGMENTS[0] | {"category": 5}], [[1, 1, 0], [2, 1, 0]])
    with pytest.raises(ValueError, match=r"segments.json do not fit \(KeyError\(5\)\); expected classes.json with"):
        open_detection("panoptic_folder", tree.root, "val")
