"""What every loss keeps."""

import pytest
import torch

from models.config import TrainConfig
from models.losses import LOSSES

IGNORE = 255


def build(name: str):
    return LOSSES.get(name)(TrainConfig(ohem_min_kept=5), IGNORE)


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    labels = torch.randint(0, 3, (2, 4, 5))
    labels[0, :2] = IGNORE
    return torch.randn(2, 3, 4, 5, requires_grad=True), labels


@pytest.mark.parametrize("name", LOSSES.names())
def test_it_is_one_finite_number_that_is_not_negative(name):
    loss = build(name)(*batch())

    assert loss.shape == ()
    assert loss.isfinite() and loss >= 0


@pytest.mark.parametrize("name", LOSSES.names())
def test_ignored_pixels_get_no_gradient(name):
    logits, labels = batch()
    build(name)(logits, labels).backward()

    assert logits.grad is not None
    assert logits.grad[0, :, :2].abs().sum() == 0
    assert logits.grad.abs().sum() > 0


@pytest.mark.parametrize("name", LOSSES.names())
def test_what_stands_at_an_ignored_pixel_does_not_matter(name):
    logits, labels = batch()
    other = logits.detach().clone()
    other[0, :, :2] = 50 * torch.randn(3, 2, 5)

    torch.testing.assert_close(build(name)(logits, labels), build(name)(other, labels))


@pytest.mark.parametrize("name", LOSSES.names())
def test_a_batch_without_labels_is_zero_with_zero_gradients(name):
    logits, labels = batch()
    loss = build(name)(logits, torch.full_like(labels, IGNORE))
    loss.backward()

    assert loss == 0
    assert logits.grad is not None and logits.grad.abs().sum() == 0


@pytest.mark.parametrize("name", LOSSES.names())
def test_certainty_costs_nothing_and_certainty_of_the_wrong_costs_much(name):
    labels = torch.zeros(1, 2, 2, dtype=torch.int64)
    logits = torch.zeros(1, 2, 2, 2)
    logits[:, 0] = 40

    assert build(name)(logits, labels) < 1e-6
    # A share of overlap ends at 1; here 4 pixels stand against the 1 of its smoothing.
    assert build(name)(logits, labels + 1) == pytest.approx(1 - 1 / 5 if name == "dice" else 40)
