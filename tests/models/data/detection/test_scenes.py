from __future__ import annotations

import numpy as np
import pytest

from models.data import open_data
from models.data.detection import open_detection

SIZE = (128, 256)


def test_the_pixels_are_those_of_the_segmentation_data_and_masks_those_of_its_things():
    objects, labelled = (opener("scenes", None, "train", count=4, size=SIZE) for opener in (open_detection, open_data))
    for index in range(4):
        found, sample = objects[index], labelled[index]
        assert found.masks is not None
        assert sample.label is not None
        label = np.full(SIZE, -1)
        for mask, number in zip(found.masks, found.labels, strict=True):
            assert (label[mask] == -1).all(), "two objects share a pixel"
            label[mask] = labelled.classes.index(objects.classes.names[number])

        np.testing.assert_array_equal(found.image, sample.image)
        things = np.isin(sample.label, np.flatnonzero(labelled.classes.thing_flags))
        np.testing.assert_array_equal(label >= 0, things)
        np.testing.assert_array_equal(label[things], sample.label[things])
        assert found.id == sample.id


def test_each_thing_that_stands_alone_is_one_object():
    """Cars, signs and persons of a street without occlusion: as many objects as things, boxes close around them."""
    knobs = {"car_count": 1, "truck_count": 0, "person_count": 0, "sign_count": 0, "light_count": 0, "variety": 0.0}
    data = open_detection("scenes", None, "val", count=3, size=SIZE, knobs=knobs)

    for index in range(3):
        sample = data[index]
        assert [data.classes.names[k] for k in sample.labels] == ["car"]
        rows, columns = np.nonzero(sample.masks[0])
        expected = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        np.testing.assert_array_equal(sample.boxes[0], expected)


def test_a_thing_is_told_from_its_neighbour_of_the_same_class():
    data = open_detection("scenes", None, "val", count=20, size=SIZE, knobs={"occlusion": 1.0})
    touching = 0
    for index in range(20):
        sample = data[index]
        for one in range(len(sample.labels)):
            grown = np.zeros_like(sample.masks[one])
            grown[:, 1:] |= sample.masks[one][:, :-1]
            for other in range(len(sample.labels)):
                touching += (
                    one != other and sample.labels[one] == sample.labels[other] and (grown & sample.masks[other]).any()
                )

    assert touching > 5


def test_what_shows_few_pixels_is_ignored_and_an_empty_street_has_no_objects():
    sample = open_detection("scenes", None, "val", count=1, size=SIZE, min_pixels=100)[0]
    empty = open_detection("scenes", None, "val", count=1, size=SIZE, knobs={"clutter": 0.0})[0]

    np.testing.assert_array_equal(sample.ignored, sample.masks.sum(axis=(1, 2)) < 100)
    assert 0 < sample.ignored.sum() < len(sample.ignored)
    assert (empty.boxes.shape, empty.masks.shape) == ((0, 4), (0, *SIZE))


def test_a_wrong_least_size_is_refused():
    with pytest.raises(ValueError, match="min_pixels is -1, must be >= 0"):
        open_detection("scenes", None, "val", min_pixels=-1)
