import numpy as np
import pytest

from gald_viz.analysis.detection import NEITHER, RIGHT, WRONG, match_objects, sure_ones
from gald_viz.types import Objects

LABELLED = Objects(
    np.array([[0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10], [60, 0, 70, 10]]),
    np.array([0, 0, 1, 1]),
    np.ones(4),
    ignored=np.array([False, False, False, True]),
)
FOUND = Objects(
    np.array([[0, 0, 10, 8], [1, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10], [60, 0, 70, 10], [80, 0, 90, 10]]),
    np.array([0, 0, 1, 1, 1, 0]),
    np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4]),
)


def test_right_wrong_and_missed_by_hand():
    matches = match_objects(FOUND, LABELLED)

    # On the first; a second one on it; of another class; on the third; on the ignored one; on nothing.
    assert matches.verdict.tolist() == [RIGHT, WRONG, WRONG, RIGHT, NEITHER, WRONG]
    assert matches.missed.tolist() == [False, True, False, False]
    assert (matches.right, matches.wrong, matches.labelled) == (2, 3, 3)
    assert matches.precision == pytest.approx(2 / 5)
    assert matches.recall == pytest.approx(2 / 3)


def test_a_higher_threshold_misses_what_fits_badly():
    matches = match_objects(FOUND, LABELLED, threshold=0.85)

    # The first covers 80 of 100 pixels of its object, the second 90.
    assert matches.verdict[:2].tolist() == [WRONG, RIGHT]


def test_unsure_objects_are_left_out_with_all_that_belongs_to_them():
    masks = np.arange(6)[:, None, None] == np.zeros((6, 2, 2))
    sure = sure_ones(Objects(FOUND.boxes, FOUND.labels, FOUND.scores, masks), 0.7)

    assert sure.scores.tolist() == [0.9, 0.8, 0.7]
    assert (len(sure), sure.boxes.shape, sure.masks.shape) == (3, (3, 4), (3, 2, 2))


def test_without_objects_the_rates_are_not_defined():
    none = Objects(np.zeros((0, 4)), np.zeros(0, np.int64), np.zeros(0))
    matches = match_objects(none, none)

    assert np.isnan([matches.precision, matches.recall]).all()
    assert match_objects(none, LABELLED).missed.sum() == 3
    assert match_objects(FOUND, none).wrong == 6
