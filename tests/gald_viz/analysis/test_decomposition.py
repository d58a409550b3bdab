import numpy as np
import pytest

from gald_viz.analysis.decomposition import ERRORS, decompose
from models.evaluation.iou import Scores, confusion

MISSED, SHIFT, HALLUCINATED, INTERIOR = range(4)


def planted() -> tuple[np.ndarray, np.ndarray]:
    """40 x 100 of class 0 with two blocks of class 1; one of each kind of error, far from one another."""
    label = np.zeros((40, 100), int)
    label[10:30, 10:30] = 1
    label[10:20, 80:90] = 1
    prediction = label.copy()
    prediction[10:20, 80:90] = 0  # 100 px: a block that is missed
    prediction[10:30, 30:32] = 1  # 40 px: an outline two pixels off
    prediction[5:10, 60:66] = 2  # 30 px: a block that nobody labelled
    prediction[15:20, 15:20] = 0  # 25 px within a block that is there ...
    prediction[19:21, 10:16] = 0  # ... joined to the class outside by 2 x 6 px, of which one is the same
    return prediction, label


def test_the_planted_errors_are_found_and_add_up_to_all_errors():
    prediction, label = planted()

    result, kinds = decompose(prediction, label, 3, 255, radius=2)

    wrong = int((prediction != label).sum())
    assert result.pixels.sum() == wrong == (kinds > 0).sum()
    assert result.pixels[MISSED] == 100
    assert result.pixels[HALLUCINATED] == 30
    # The channel's mouth is within two pixels of class 0 outside: columns 10 and 11 of both rows.
    assert result.pixels[SHIFT] == 40 + 4
    assert result.pixels[INTERIOR] == wrong - 174
    np.testing.assert_allclose(result.share, result.pixels / 4000)


def test_mending_a_kind_is_giving_its_pixels_their_label():
    prediction, label = planted()

    result, kinds = decompose(prediction, label, 3, 255, radius=2)

    assert result.miou == pytest.approx(Scores(confusion(prediction, label, 3, 255)).miou)
    for number in range(len(ERRORS)):
        mended = np.where(kinds == number + 1, label, prediction)
        scores = Scores(confusion(mended, label, 3, 255))
        np.testing.assert_allclose(result.mended_iou[number], scores.iou)
        assert result.mended[number] == pytest.approx(scores.miou)


def test_a_hallucinated_pixel_counts_for_the_class_that_was_made_up():
    prediction, label = planted()

    result, _ = decompose(prediction, label, 3, 255, radius=2)

    assert result.by_class[HALLUCINATED].tolist() == [0, 0, 30]
    assert result.by_class[MISSED].tolist() == [0, 100, 0]
    assert result.by_class.sum() == result.pixels.sum()


def test_without_errors_or_pixels_nothing_breaks():
    label = np.zeros((8, 8), int)

    assert decompose(label, label, 2, 255)[0].pixels.tolist() == [0, 0, 0, 0]
    empty, kinds = decompose(label, np.full((8, 8), 255), 2, 255)
    assert np.isnan(empty.share).all()
    assert np.isnan(empty.miou)
    assert (kinds == 255).all()


def test_an_unknown_id_is_refused():
    with pytest.raises(ValueError, match="label has id 7"):
        decompose(np.zeros((4, 4), int), np.full((4, 4), 7), 3, 255)
