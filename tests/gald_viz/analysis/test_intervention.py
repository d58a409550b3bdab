import numpy as np
import pytest

from gald_viz.analysis.intervention import intervention
from gald_viz.types import Answer


def an_answer(ids, sure=0.5):
    return Answer(np.array(ids), np.full(np.shape(ids), sure, np.float32))


BEFORE = an_answer([[0, 0], [1, 1]])
AFTER = an_answer([[0, 2], [1, 0]], 0.75)


def test_changes_are_counted_by_hand():
    label = np.array([[0, 0], [1, 255]])

    result = intervention((BEFORE, AFTER), [BEFORE, AFTER, an_answer([[2, 2], [2, 2]])], label, 3, 255)

    assert result.changed.tolist() == [[False, True], [False, True]]
    assert (result.before.share, result.edit.share) == (0, 0.5)
    assert (result.before.pixels.tolist(), result.edit.pixels.tolist()) == ([2, 2, 0], [2, 1, 1])
    assert result.edit.confidence == 0.25
    # Of three labelled pixels class 0 keeps one of two, class 2 is wrong, class 1 is whole.
    np.testing.assert_allclose(result.edit.iou, [0.5, 1.0, 0.0])
    np.testing.assert_allclose(result.before.iou, [1.0, 1.0, np.nan])
    assert result.edit.miou == pytest.approx(0.5)
    assert result.random_share == pytest.approx((0 + 0.5 + 1) / 3)
    assert result.as_much == 2


def test_without_a_label_and_without_random_edits_their_numbers_are_undefined():
    result = intervention((BEFORE, AFTER), [], None, 3, 255)

    assert np.isnan(result.edit.miou) and np.isnan(result.edit.iou).all()
    assert np.isnan(result.random_share)
    assert result.as_much == 0


def test_pixels_of_no_class_are_counted_for_none():
    nothing = an_answer([[255, 255], [1, 1]])

    assert intervention((nothing, BEFORE), [], None, 3, 255).before.pixels.tolist() == [0, 2, 0]


def test_answers_of_two_images_are_refused():
    with pytest.raises(ValueError, match=r"\(2, 2\) and \(1, 2\); give two of the same image"):
        intervention((BEFORE, an_answer([[0, 1]])), [], None, 3, 255)
