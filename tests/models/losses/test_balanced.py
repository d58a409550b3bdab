import math

import pytest
import torch

from models.config import TrainConfig
from models.losses.balanced import BalancedOhem


def weighed(truths: list[float], labels: list[int], min_kept: int) -> float:
    """Loss of a row of pixels with these labels and probabilities of the truth between two classes."""
    probabilities = [[p, 1 - p] if label == 0 else [1 - p, p] for p, label in zip(truths, labels, strict=True)]
    logits = torch.tensor(probabilities).log().T[None, :, None]
    return BalancedOhem(TrainConfig(ohem_min_kept=min_kept), 255)(logits, torch.tensor([[labels]])).item()


def test_a_pixel_weighs_one_by_the_root_of_its_classs_pixels():
    value = weighed([0.5, 0.5, 0.5, 0.5, 0.25], [0, 0, 0, 0, 1], min_kept=5)

    # Four pixels of weight 1/2 and one of weight 1.
    assert value == pytest.approx((4 / 2 * math.log(2) + math.log(4)) / 3)


def test_easy_pixels_are_left_out_but_counted():
    value = weighed([0.5, 0.9, 0.95, 0.99, 0.25], [0, 0, 0, 0, 1], min_kept=1)

    assert value == pytest.approx((math.log(2) / 2 + math.log(4)) / 1.5)
