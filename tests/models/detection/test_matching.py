import numpy as np
import pytest
import torch
from torchvision.ops import box_iou as torchvision_iou

from models.detection.matching import box_iou, matched


def test_iou_is_torchvisions_and_that_of_counted_pixels():
    random = np.random.default_rng(1)
    low = random.integers(0, 20, (9, 2))
    boxes = np.concatenate([low, low + random.integers(1, 15, (9, 2))], axis=1).astype(np.float32)
    masks = np.zeros((9, 40, 40), dtype=bool)
    for mask, (x0, y0, x1, y1) in zip(masks, boxes.astype(int), strict=True):
        mask[y0:y1, x0:x1] = True
    counted = [[(a & b).sum() / (a | b).sum() for b in masks[4:]] for a in masks[:4]]

    np.testing.assert_allclose(box_iou(boxes[:4], boxes[4:]), counted)
    theirs = torchvision_iou(torch.from_numpy(boxes[:4]), torch.from_numpy(boxes[4:]))
    np.testing.assert_allclose(box_iou(boxes[:4], boxes[4:]), theirs.numpy(), rtol=1e-6)
    assert box_iou(boxes, np.zeros((0, 4))).shape == (9, 0)


def test_each_detection_goes_to_the_object_it_overlaps_most():
    iou = np.array([[0.6, 0.7], [0.9, 0.8], [0.95, 0.0], [0.3, 0.4], [0.1, 0.55]])

    verdict, place = matched(iou, np.array([False, False]))

    # The third comes second on object 0, the fourth is on nothing, the last second on object 1.
    assert verdict.tolist() == [1, 1, 0, 0, 0]
    assert place.tolist() == [1, 0, 0, -1, 1]


@pytest.mark.parametrize(("threshold", "expected"), [(0.5, [-1, -1]), (0.8, [0, -1])])
def test_what_is_on_an_ignored_object_is_neither_right_nor_wrong(threshold, expected):
    verdict, _ = matched(np.array([[0.7], [0.9]]), np.array([True]), threshold)

    assert verdict.tolist() == expected


def test_without_objects_everything_is_wrong():
    verdict, place = matched(np.zeros((2, 0)), np.zeros(0, bool))

    assert (verdict.tolist(), place.tolist()) == ([0, 0], [-1, -1])
