import math

import numpy as np
import pytest

from gald_viz.analysis.training import class_curves, curve

ROWS = [
    (1, "train", "loss", 4.0),
    (1, "train", "lr", 0.5),
    (2, "train", "loss", 2.0),
    (2, "val", "iou/road", 0.5),
    (2, "val", "iou/pole", 0.1),
    (2, "val", "miou", 0.3),
    (3, "train", "loss", 3.0),
    (4, "train", "loss", 1.0),
    (4, "val", "iou/road", 0.75),
    (5, "train", "loss", 0.5),
]


def test_one_quantity_of_one_split_is_a_curve():
    found = curve(ROWS, "train", "loss")

    assert found.step.tolist() == [1, 2, 3, 4, 5]
    assert found.value.tolist() == [4.0, 2.0, 3.0, 1.0, 0.5]
    assert found.last == 0.5


def test_long_curves_share_points_that_are_means():
    found = curve(ROWS, "train", "loss", most=2)

    # Steps 1 and 2, then 3 to 5.
    assert found.step.tolist() == [2, 5]
    np.testing.assert_allclose(found.value, [3.0, 1.5])


def test_nothing_measured_is_an_empty_curve():
    found = curve(ROWS, "val", "loss")

    assert len(found.step) == 0
    assert math.isnan(found.last)


def test_every_class_has_its_curve():
    found = class_curves(ROWS)

    assert list(found) == ["road", "pole"]
    assert found["road"].step.tolist() == [2, 4]
    assert found["pole"].value.tolist() == [0.1]


def test_no_point_at_all_is_refused():
    with pytest.raises(ValueError, match="most is 0, must be >= 1"):
        curve(ROWS, "train", "loss", most=0)
