import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torchmetrics.functional.classification import multiclass_confusion_matrix, multiclass_jaccard_index

from models.evaluation.iou import Scores, class_iou, confusion, mean_iou, mean_of_defined

LABEL = np.array([[0, 0, 1], [2, 2, 255]])
PREDICTION = np.array([[0, 1, 1], [2, 0, 1]])


def test_rows_are_labels_columns_are_predictions_and_ignored_pixels_are_left_out():
    counts = confusion(PREDICTION, LABEL, num_classes=3, ignore_id=255)

    assert counts.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 1]]
    assert counts.dtype == np.int64


def test_scores_of_a_matrix_by_hand():
    scores = Scores(np.array([[6, 2, 0], [1, 3, 0], [0, 0, 0]]))

    np.testing.assert_allclose(scores.iou, [6 / 9, 3 / 6, np.nan])
    assert scores.miou == pytest.approx((6 / 9 + 3 / 6) / 2)
    assert scores.pixel_accuracy == 9 / 12


def test_a_stack_of_matrices_has_the_scores_of_each():
    stack = np.array([[[6, 2, 0], [1, 3, 0], [0, 0, 0]], [[0, 4, 0], [0, 0, 0], [0, 0, 2]], np.zeros((3, 3), int)])

    for matrix, iou, miou in zip(stack, class_iou(stack), mean_iou(stack), strict=True):
        np.testing.assert_array_equal(iou, Scores(matrix).iou)
        np.testing.assert_allclose(miou, Scores(matrix).miou)


def test_a_class_that_is_only_predicted_has_iou_zero_and_counts():
    scores = Scores(np.array([[3, 1], [0, 0]]))

    assert scores.iou.tolist() == [0.75, 0.0]
    assert scores.miou == 0.375


def test_without_a_pixel_every_rate_is_undefined():
    scores = Scores(np.zeros((2, 2), dtype=np.int64))

    assert np.isnan(scores.iou).all()
    assert np.isnan(scores.miou)
    assert np.isnan(scores.pixel_accuracy)
    assert np.isnan(mean_of_defined(np.array([])))


maps = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=8)


@settings(max_examples=40, deadline=None)
@given(maps, st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_agrees_with_torchmetrics(shape, num_classes, seed):
    rng = np.random.default_rng(seed)
    label = rng.choice([*range(num_classes), 255], size=shape)
    # A network answers at ignored pixels too.
    prediction = rng.integers(0, num_classes, size=shape)

    scores = Scores(confusion(prediction, label, num_classes, 255))

    maps = torch.from_numpy(prediction)[None], torch.from_numpy(label)[None]
    expected = multiclass_confusion_matrix(*maps, num_classes=num_classes, ignore_index=255)
    np.testing.assert_array_equal(scores.confusion, expected.numpy())
    if expected.sum():
        # torchmetrics gives 0 to classes that are in neither map.
        rates = multiclass_jaccard_index(*maps, num_classes=num_classes, ignore_index=255, average="none")
        np.testing.assert_allclose(np.nan_to_num(scores.iou), rates.numpy(), rtol=1e-6)


@pytest.mark.parametrize("strange", [7, -1])
def test_an_unknown_label_id_is_named(strange):
    label = np.array([[0, strange]])

    with pytest.raises(ValueError, match=rf"label has id {strange}, must be 0..2 or the ignore id 255"):
        confusion(np.zeros((1, 2), int), label, num_classes=3, ignore_id=255)


def test_an_unknown_prediction_is_named_unless_its_pixel_is_ignored():
    label = np.array([[0, 255]])

    assert confusion(np.array([[0, 9]]), label, 3, 255).sum() == 1
    with pytest.raises(ValueError, match=r"prediction has id 9, must be 0..2;"):
        confusion(np.array([[9, 0]]), label, 3, 255)


def test_small_integer_types_do_not_overflow():
    label = np.full((2, 2), 20, dtype=np.uint8)

    assert confusion(label, label, 21, 255)[20, 20] == 4


def test_the_ignore_id_may_be_any_number():
    assert confusion(np.array([[0, 1]]), np.array([[0, -1]]), 2, -1).tolist() == [[1, 0], [0, 0]]


def test_sizes_that_differ_are_refused():
    with pytest.raises(ValueError, match=r"prediction is \(2, 3\), label is \(3, 2\)"):
        confusion(np.zeros((2, 3), int), np.zeros((3, 2), int), 3, 255)
