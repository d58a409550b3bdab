import math

import pytest
import torch

from models.config import LossConfig, TrainConfig
from models.losses.dice import Dice


def dice(smooth: float) -> Dice:
    return Dice(TrainConfig(losses=LossConfig(dice_smooth=smooth)), 255)


# p of class 0 is 3/4, 1/2, 1/2 and anything at the ignored pixel; labels 0, 0, 1.
LOGITS = torch.tensor([[[[math.log(3), 0.0, 0.0, 9.0]], [[0.0, 0.0, 0.0, 0.0]]]])
LABELS = torch.tensor([[[0, 0, 1, 255]]])


@pytest.mark.parametrize("smooth", [0.0, 1.0])
def test_by_hand(smooth):
    first = (2 * (3 / 4 + 1 / 2) + smooth) / ((9 / 16 + 1 / 4 + 1 / 4) + 2 + smooth)
    second = (2 * (1 / 2) + smooth) / ((1 / 16 + 1 / 4 + 1 / 4) + 1 + smooth)

    assert dice(smooth)(LOGITS, LABELS).item() == pytest.approx(1 - (first + second) / 2)


def test_a_class_that_the_labels_lack_does_not_count():
    three = torch.cat([LOGITS, torch.full((1, 1, 1, 4), -1e4)], dim=1)

    torch.testing.assert_close(dice(1.0)(three, LABELS), dice(1.0)(LOGITS, LABELS))


def test_a_perfect_answer_costs_nothing():
    logits = torch.tensor([[[[60.0, -60.0]], [[-60.0, 60.0]]]])

    assert dice(0.0)(logits, torch.tensor([[[0, 1]]])).item() == pytest.approx(0.0)
