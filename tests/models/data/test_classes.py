from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from models.config import from_dict
from models.data.classes import ClassSet, SegmentationData

TWO = ClassSet(("road", "car"), ((1, 2, 3), (40, 50, 60)))


def test_a_class_set_knows_its_ids_and_colours():
    assert len(TWO) == 2
    assert TWO.index("car") == 1
    assert TWO.ignore_id == 255
    assert TWO.thing_flags == (False, False)
    assert TWO.palette().dtype == np.uint8
    assert TWO.palette().tolist() == [[1, 2, 3], [40, 50, 60]]


def test_a_class_set_survives_json_lists():
    lists = {"names": ["road", "car"], "colors": [[1, 2, 3], [40, 50, 60]], "ignore_id": -1}

    classes = from_dict(ClassSet, lists)

    assert classes == ClassSet(("road", "car"), ((1, 2, 3), (40, 50, 60)), -1)
    assert from_dict(ClassSet, asdict(classes)) == classes
    assert hash(classes) == hash(from_dict(ClassSet, lists))


def test_an_unknown_class_is_refused_with_the_names():
    with pytest.raises(ValueError, match=r"class is 'tree', must be one of \['road', 'car'\]"):
        TWO.index("tree")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"names": ("a", "b"), "colors": ((0, 0, 0),)}, "2 names, 1 colours, 2 thing flags: give one of each"),
        ({"names": ("a",), "colors": ((0, 0, 0),), "thing_flags": (True, False)}, "1 names, 1 colours, 2 thing flags"),
        ({"names": ("a", "a"), "colors": ((0, 0, 0),) * 2}, "not unique; rename the doubles"),
        ({"names": (), "colors": ()}, "0 classes are given; name at least one"),
        ({"names": ("a",), "colors": ((0, 0, 256),)}, r"colour \(0, 0, 256\) must be three numbers in 0..255"),
        ({"names": ("a",), "colors": ((0, 0),)}, r"colour \(0, 0\) must be three numbers"),
        ({"names": ("a", "b"), "colors": ((0, 0, 0),) * 2, "ignore_id": 1}, "ignore_id is 1, a class .* choose one"),
    ],
)
def test_a_class_set_that_cannot_be_is_refused(values, message):
    with pytest.raises(ValueError, match=message):
        ClassSet(**values)


def test_a_data_set_is_a_sequence_that_ends():
    data = SegmentationData()
    data.ids = ["a"]

    assert len(data) == 1
    with pytest.raises(IndexError):
        data[1]
