"""VOC's AP by hand, and beside pycocotools with the same recall points where both match alike."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torchmetrics.detection import MeanAveragePrecision

from models.detection.voc_ap import VocTally, average_precision


def test_average_precision_by_hand():
    # Right, wrong, right, right, wrong, of 4 objects: precision 1, 1/2, 2/3, 3/4 at recalls 1/4, 1/4, 2/4, 3/4.
    eleven, area = average_precision([True, False, True, True, False], objects=4)

    # Recall 0, .1, .2 see 1; .3 to .7 see 3/4, the best behind them; .8, .9, 1 nothing.
    assert eleven == pytest.approx((3 * 1 + 5 * 0.75) / 11)
    assert area == pytest.approx(0.25 * 1 + 0.25 * 0.75 + 0.25 * 0.75)


@pytest.mark.parametrize(("right", "expected"), [([], (0.0, 0.0)), ([False], (0.0, 0.0)), ([True], (1.0, 1.0))])
def test_average_precision_at_its_ends(right, expected):
    assert average_precision(right, 1) == expected


def test_second_finds_and_difficult_objects_by_hand():
    tally = VocTally(num_classes=3)
    objects = np.array([[0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10]], dtype=float)
    boxes = np.array([[0, 0, 10, 9], [1, 0, 10, 10], [40, 0, 50, 10], [20, 0, 30, 10], [60, 0, 70, 10]], dtype=float)
    scores, labels = np.array([0.9, 0.8, 0.7, 0.6, 0.5]), np.array([1, 1, 1, 1, 1])
    tally.add((boxes, scores, labels), (objects, np.array([1, 1, 1]), np.array([False, False, True])))

    result = tally.result()

    # Right, a second one, one on a difficult object (left out), right, nothing: of 2 objects.
    assert result.area[1] == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert result.eleven[1] == pytest.approx((6 * 1 + 5 * 2 / 3) / 11)
    assert np.isnan(result.area[[0, 2]]).all()


def tensors(image: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(value) for name, value in image.items()}


def scattered(seed: int) -> tuple[list[dict[str, np.ndarray]], list[dict[str, np.ndarray]]]:
    """Found and labelled objects of 6 images, on a grid: what overlaps does so with one object alone."""
    random = np.random.default_rng(seed)
    found, there = [], []
    for _ in range(6):
        places = random.permutation(16)[: random.integers(2, 9)]
        corners = np.stack([places % 4 * 50, places // 4 * 50], axis=1).astype(float)
        objects = np.concatenate([corners, corners + random.integers(12, 30, (len(places), 2))], axis=1)
        labels = random.integers(0, 3, len(places))
        shifted = objects + random.normal(0, 3, objects.shape)
        guesses = np.where(random.random(len(places)) < 0.8, labels, random.integers(0, 3, len(places)))
        found.append({"boxes": shifted, "scores": random.random(len(places)), "labels": guesses})
        there.append({"boxes": objects, "labels": labels})
    return found, there


@pytest.mark.parametrize("seed", [0, 1])
def test_eleven_points_are_those_of_the_library(seed):
    found, there = scattered(seed)
    tally = VocTally(3)
    for one, other in zip(found, there, strict=True):
        ignored = np.zeros(len(other["labels"]), bool)
        tally.add((one["boxes"], one["scores"], one["labels"]), (other["boxes"], other["labels"], ignored))
    ours = tally.result()

    points = np.linspace(0, 1, 11).tolist(), np.linspace(0, 1, 2001).tolist()
    for rates, recalls, error in ((ours.eleven, points[0], 1e-6), (ours.area, points[1], 1e-3)):
        metric = MeanAveragePrecision(iou_thresholds=[0.5], rec_thresholds=recalls, class_metrics=True)
        metric.update(
            *([{k: torch.from_numpy(v) for k, v in image.items()} for image in part] for part in (found, there))
        )
        np.testing.assert_allclose(rates, metric.compute()["map_per_class"].numpy(), atol=error)
        assert 0.1 < rates.mean() < 0.95
