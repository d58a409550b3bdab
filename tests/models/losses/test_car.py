"""CAR by hand: two classes, two channels, four pixels."""

import math

import pytest
import torch

from models.config import LossConfig
from models.losses.car import ClassAwareRegularisation, center_loss, class_centers, pixel_loss

OFF = {"car_center": 0.0, "car_pixel": 0.0, "car_intra": 0.0}
# Class 0: (1, 0), (3, 0), centre (2, 0). Class 1: (0, 1), (0, 1), centre (0, 1).
FEATURES = torch.tensor([[[[1.0, 3.0, 0.0, 0.0]], [[0.0, 0.0, 1.0, 1.0]]]])
LABELS = torch.tensor([[[0, 0, 1, 1]]])


def car(**weights: float) -> ClassAwareRegularisation:
    return ClassAwareRegularisation(LossConfig(**(OFF | weights)), ignore_id=255)


def share(own: float, other: float) -> float:
    """What the other of two classes holds of the softmax; logits are products over sqrt(2)."""
    return math.exp(other / math.sqrt(2)) / (math.exp(own / math.sqrt(2)) + math.exp(other / math.sqrt(2)))


def test_centers_are_means_of_a_class_and_zero_without_one():
    pixels = FEATURES[0].flatten(1).T

    centers = class_centers(pixels, LABELS.flatten(), 3)

    torch.testing.assert_close(centers, torch.tensor([[2.0, 0.0], [0.0, 1.0], [0.0, 0.0]]))


def test_center_to_center_by_hand():
    # Squared norms 4 and 1, product 0, margin 0.1 / (2 - 1).
    excess = [max(0.0, share(norm, 0.0) - 0.1) for norm in (4.0, 1.0)]

    assert excess[0] == 0.0  # e^0 / (e^2.83 + 1) = 0.056: below the margin
    loss = car(car_center=1.0, car_center_margin=0.1)(FEATURES, LABELS, 2)
    assert loss.item() == pytest.approx((sum(excess) / 2) ** 2)


def test_center_to_pixel_by_hand():
    # The own product is the centre's norm: 4 for class 0, 1 for class 1; the others are 0 in this picture.
    excess = [max(0.0, share(norm, 0.0) - 0.05) for norm in (4.0, 4.0, 1.0, 1.0)]

    loss = car(car_pixel=1.0, car_pixel_margin=0.05)(FEATURES, LABELS, 2)
    assert loss.item() == pytest.approx((sum(excess) / 4) ** 2)


def test_a_pixel_near_the_other_center_by_hand():
    pixels, own = torch.tensor([[1.0, 3.0]]), torch.tensor([0])
    centers = torch.tensor([[2.0, 0.0], [0.0, 1.0]])

    # Own: 4 instead of 2 * 1; other: 1 * 3.
    assert pixel_loss(pixels, own, centers, 0.25).item() == pytest.approx((share(4.0, 3.0) - 0.25) ** 2)


def test_intra_class_by_hand():
    # |2 - 1|, |2 - 3| in one of two channels, twice 0 in class 1: 2 of 8 values; then the square.
    assert car(car_intra=1.0)(FEATURES, LABELS, 2).item() == pytest.approx((2 / 8) ** 2)


def test_the_three_add_up_with_their_weights():
    parts = [car(**{name: 1.0})(FEATURES, LABELS, 2).item() for name in OFF]

    whole = car(car_center=2.0, car_pixel=3.0, car_intra=5.0)(FEATURES, LABELS, 2).item()
    assert whole == pytest.approx(2 * parts[0] + 3 * parts[1] + 5 * parts[2])


def test_centers_are_constants_where_features_are_compared_with_them():
    features = FEATURES.clone().requires_grad_()
    car(car_intra=1.0)(features, LABELS, 2).backward()

    # d/dx of (mean |c - x|)^2 = 2 * mean * sign(x - c) / 8, with the centre held.
    assert features.grad is not None
    torch.testing.assert_close(features.grad[0, 0, 0, :2], torch.tensor([-1.0, 1.0]) * 2 * (2 / 8) / 8)
    constant = torch.tensor([[2.0, 0.0], [0.0, 1.0]], requires_grad=True)
    pixel_loss(torch.tensor([[1.0, 3.0]], requires_grad=True), torch.tensor([0]), constant, 0.25).backward()
    assert constant.grad is None


def test_the_gradient_between_centers_flows_through_the_first_of_them_alone():
    centers = torch.tensor([[1.0, 0.5], [0.8, 0.6]], dtype=torch.float64, requires_grad=True)
    center_loss(centers, 0.2).backward()

    held, step = centers.detach(), 1e-6
    moved = held.clone()
    moved[0, 0] += step
    shares = [(rows @ held.T / 2**0.5).softmax(dim=1) for rows in (moved, held)]
    values = [((value[[0, 1], [1, 0]] - 0.2).clamp(min=0).mean() ** 2).item() for value in shares]
    assert centers.grad[0, 0].item() == pytest.approx((values[0] - values[1]) / step, rel=1e-4)


def test_ignored_pixels_count_nowhere_and_labels_are_resized_to_the_nearest():
    noisy = torch.cat([FEATURES, torch.full((1, 2, 1, 1), 70.0)], dim=3)
    labels = torch.cat([LABELS, torch.tensor([[[255]]])], dim=2)
    large = labels.repeat_interleave(3, dim=1).repeat_interleave(3, dim=2)
    loss = car(car_center=1.0, car_pixel=1.0, car_intra=1.0)

    for seen in (labels, large):
        torch.testing.assert_close(loss(noisy, seen, 2), loss(FEATURES, LABELS, 2))


def test_centers_are_of_the_whole_batch():
    first, second = FEATURES[..., :2], FEATURES[..., 2:]
    batch, labels = torch.cat([first, second]), torch.cat([LABELS[..., :2], LABELS[..., 2:]])
    loss = car(car_center=1.0, car_pixel=1.0, car_intra=1.0)

    torch.testing.assert_close(loss(batch, labels, 2), loss(FEATURES, LABELS, 2))


def test_without_a_label_it_is_zero_with_zero_gradient():
    features = FEATURES.clone().requires_grad_()
    loss = car(car_intra=1.0)(features, torch.full_like(LABELS, 255), 2)
    loss.backward()

    assert loss.item() == 0.0
    assert features.grad is not None and not features.grad.any()
