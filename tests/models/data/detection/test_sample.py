from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.data.detection.sample import DetectionSample, cut_boxes


def sample(**changes: Any) -> DetectionSample:
    given: dict[str, Any] = {
        "image": np.zeros((4, 6, 3), np.uint8),
        "boxes": np.array([[0, 0, 6, 4]], np.float32),
        "labels": np.zeros(1, np.int64),
        "masks": np.ones((1, 4, 6), bool),
        "ignored": np.zeros(1, bool),
        "id": "a",
    }
    return DetectionSample(**(given | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": np.zeros(2, np.int64)}, r"a has 2 labels, boxes \(1, 4\), ignored \(1,\)"),
        ({"masks": np.ones((1, 6, 4), bool)}, r"masks of a are \(1, 6, 4\), must be \(1, 4, 6\)"),
        (
            {"boxes": np.array([[0, 0, 7, 4]], np.float32)},
            r"box \[0.0, 0.0, 7.0, 4.0\] of a must have area inside 0, 0, 6, 4",
        ),
        ({"boxes": np.array([[-1, 0, 6, 4]], np.float32)}, "must have area"),
        ({"boxes": np.array([[3, 0, 3, 4]], np.float32)}, "must have area"),
        ({"boxes": np.array([[0, 2, 3, 1]], np.float32)}, "must have area"),
    ],
)
def test_a_sample_that_contradicts_itself_is_refused(changes, message):
    assert len(sample().labels) == 1
    with pytest.raises(ValueError, match=message):
        sample(**changes)


def test_boxes_are_cut_to_the_image():
    boxes, kept = cut_boxes(np.array([[-2, 1, 3, 9], [6, 0, 8, 4], [1, 1, 2, 2]], np.float32), 4, 6)

    assert boxes.tolist() == [[0, 1, 3, 4], [6, 0, 6, 4], [1, 1, 2, 2]]
    assert kept.tolist() == [True, False, True]
