import numpy as np
import pytest

from models.evaluation.error_kinds import HALLUCINATED, IGNORED, INTERIOR, MISSED, RIGHT, SHIFTED, error_kinds


def street() -> np.ndarray:
    """40 x 60: class 0 with a block of class 1 in columns 10..29, rows 10..29."""
    label = np.zeros((40, 60), int)
    label[10:30, 10:30] = 1
    return label


def test_an_outline_that_is_off_is_a_shift_as_far_as_the_radius():
    label, prediction = street(), street()
    prediction[10:30, 30:33] = 1

    kinds = error_kinds(prediction, label, 255, radius=3)
    assert (kinds[10:30, 30:33] == SHIFTED).all()
    assert (np.delete(kinds.ravel(), np.flatnonzero(prediction != label)) == RIGHT).all()

    # One pixel less: the outermost column is no shift, its segments were found, so it is confused.
    kinds = error_kinds(prediction, label, 255, radius=2)
    assert (kinds[10:30, 30:32] == SHIFTED).all()
    assert (kinds[10:30, 32] == INTERIOR).all()


def test_a_segment_of_which_less_than_half_is_found_is_missed():
    label, prediction = street(), street()
    prediction[10:20, 10:30] = 0
    assert MISSED not in error_kinds(prediction, label, 255, radius=0)

    prediction[20, 10] = 0
    kinds = error_kinds(prediction, label, 255, radius=0)
    assert (kinds == MISSED).sum() == 201
    assert set(np.unique(kinds)) == {RIGHT, MISSED}


def test_a_thin_segment_that_is_lost_is_missed_and_no_shift():
    label = street()
    label[:, 50] = 2
    prediction = np.where(label == 2, 0, label)

    kinds = error_kinds(prediction, label, 255, radius=3)

    assert (kinds[:, 50] == MISSED).all()


def test_a_segment_that_nobody_labelled_is_hallucinated_and_one_that_is_half_right_is_not():
    label, prediction = street(), street()
    prediction[10:20, 45:55] = 2
    assert (error_kinds(prediction, label, 255, radius=3) == HALLUCINATED).sum() == 100

    label[10:15, 45:55] = 2
    kinds = error_kinds(prediction, label, 255, radius=3)
    # Five rows below the labelled ones: three are a shift, two are beyond the radius.
    assert (kinds[15:18, 45:55] == SHIFTED).all()
    assert (kinds[18:20, 45:55] == INTERIOR).all()


def test_ignored_pixels_are_no_error_and_part_of_no_segment():
    label, prediction = street(), street()
    label[10:30, 20:30] = 255
    prediction[10:30, 10:30] = 2
    prediction[10:30, 10:21] = 1

    kinds = error_kinds(prediction, label, 255)

    assert (kinds[label == 255] == IGNORED).all()
    assert (kinds[label != 255] == RIGHT).all()


def test_every_wrong_pixel_is_in_one_kind_as_the_slow_definition_says():
    random = np.random.default_rng(0)
    label = np.repeat(np.repeat(random.integers(0, 3, (6, 8)), 4, 0), 4, 1)
    prediction = np.where(random.random(label.shape) < 0.3, random.integers(0, 3, label.shape), label)
    label[:3, :5] = 255

    kinds = error_kinds(prediction, label, 255, radius=2)

    for y, x in np.ndindex(label.shape):
        wrong = label[y, x] != 255 and prediction[y, x] != label[y, x]
        assert wrong == (kinds[y, x] in (MISSED, SHIFTED, HALLUCINATED, INTERIOR))
        if wrong:
            near = [
                label[v, u] == prediction[y, x] for v, u in np.ndindex(label.shape) if (v - y) ** 2 + (u - x) ** 2 <= 4
            ]
            assert (kinds[y, x] == SHIFTED) <= any(near)
            assert (kinds[y, x] in (HALLUCINATED, INTERIOR)) <= (not any(near))


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="radius is -1"):
        error_kinds(street(), street(), 255, radius=-1)
    with pytest.raises(ValueError, match="both must be"):
        error_kinds(street()[:5], street(), 255)
