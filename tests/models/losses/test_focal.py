import math

import pytest
import torch

from models.config import LossConfig, TrainConfig
from models.losses.focal import Focal
from models.losses.pixel import CrossEntropy


def focal(gamma: float) -> Focal:
    return Focal(TrainConfig(losses=LossConfig(focal_gamma=gamma)), 255)


# Two classes, class 0 is true everywhere: logits (log 3, 0) give p = 3/4, (0, 0) give 1/2, the third is ignored.
LOGITS = torch.tensor([[[[math.log(3), 0.0, 5.0]], [[0.0, 0.0, 0.0]]]])
LABELS = torch.tensor([[[0, 0, 255]]])


@pytest.mark.parametrize("gamma", [0.0, 1.0, 2.0, 3.5])
def test_by_hand(gamma):
    expected = (0.25**gamma * math.log(4 / 3) + 0.5**gamma * math.log(2)) / 2

    assert focal(gamma)(LOGITS, LABELS).item() == pytest.approx(expected)


def test_without_focus_it_is_cross_entropy():
    plain = CrossEntropy(TrainConfig(), 255)

    torch.testing.assert_close(focal(0.0)(LOGITS, LABELS), plain(LOGITS, LABELS))


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_a_certain_pixel_has_a_finite_gradient(gamma):
    logits = torch.tensor([[[[200.0]], [[0.0]]]], requires_grad=True)
    focal(gamma)(logits, torch.zeros(1, 1, 1, dtype=torch.int64)).backward()

    assert logits.grad is not None and logits.grad.isfinite().all()
