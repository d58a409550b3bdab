import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.config import TrainConfig
from models.losses import LOSSES

IGNORE = 255


def loss(name: str, logits: torch.Tensor, labels: torch.Tensor, **options) -> torch.Tensor:
    return LOSSES.get(name)(TrainConfig(**options), IGNORE)(logits, labels)


def with_probabilities(*truths: float) -> tuple[torch.Tensor, torch.Tensor]:
    """A row of pixels of class 0, with these probabilities of the truth between two classes."""
    truth = torch.tensor(truths)
    logits = torch.stack([truth.log(), (1 - truth).log()])[None, :, None]
    return logits, torch.zeros(1, 1, len(truths), dtype=torch.int64)


def mean_cost(*truths: float) -> float:
    return sum(-math.log(p) for p in truths) / len(truths)


def test_cross_entropy_is_the_mean_over_the_labelled_pixels():
    logits, labels = with_probabilities(0.5, 0.25, 0.9)
    labels[0, 0, 2] = IGNORE

    assert loss("cross_entropy", logits, labels).item() == pytest.approx(mean_cost(0.5, 0.25))


@pytest.mark.parametrize(
    ("min_kept", "kept"),
    [
        (1, (0.1, 0.6, 0.7)),  # the threshold decides, and equality is kept
        (3, (0.1, 0.6, 0.7)),
        (4, (0.1, 0.6, 0.7, 0.8)),  # the 4th smallest lies above it
        (5, (0.1, 0.6, 0.7, 0.8, 0.95)),
        (6, (0.1, 0.6, 0.7, 0.8, 0.95)),  # more than there are: plain cross entropy
    ],
)
def test_ohem_keeps_the_hard_pixels(min_kept, kept):
    logits, labels = with_probabilities(0.95, 0.1, 0.8, 0.7 - 1e-7, 0.6)

    value = loss("ohem", logits, labels, ohem_min_kept=min_kept)

    assert value.item() == pytest.approx(mean_cost(*kept), rel=1e-5)


def slow_ohem(logits: torch.Tensor, labels: torch.Tensor, threshold: float, min_kept: int) -> float:
    """The published rule on a sorted list of probabilities."""
    probabilities = torch.softmax(logits.double(), 1)
    flat = [
        probabilities[b, labels[b, i, j], i, j].item()
        for b in range(labels.shape[0])
        for i in range(labels.shape[1])
        for j in range(labels.shape[2])
        if labels[b, i, j] != IGNORE
    ]
    if min_kept <= len(flat):
        limit = max(threshold, sorted(flat)[min_kept - 1])
        flat = [p for p in flat if p <= limit * (1 + 1e-9)]
    return mean_cost(*flat)


@given(seed=st.integers(0, 10_000), threshold=st.sampled_from([0.0, 0.2, 0.7, 1.0]), min_kept=st.integers(1, 40))
def test_ohem_equals_sorting(seed, threshold, min_kept):
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(2, 4, 3, 5, generator=generator)
    labels = torch.randint(0, 4, (2, 3, 5), generator=generator)
    labels[torch.rand(labels.shape, generator=generator) < 0.2] = IGNORE
    labels[0, 0, 0] = 1

    value = loss("ohem", logits, labels, ohem_threshold=threshold, ohem_min_kept=min_kept)

    assert value.item() == pytest.approx(slow_ohem(logits, labels, threshold, min_kept), rel=1e-4)


def test_only_kept_pixels_get_a_gradient():
    logits, labels = with_probabilities(0.95, 0.1, 0.8)
    logits.requires_grad_()
    loss("ohem", logits, labels, ohem_min_kept=1).backward()

    assert logits.grad is not None
    assert logits.grad[0, 0, 0].ne(0).tolist() == [False, True, False]


@pytest.mark.parametrize(("kept", "truths"), [(1, (0.1,)), (2, (0.1, 0.6)), (9, (0.1, 0.6, 0.9))])
def test_top_k_is_the_mean_of_the_largest_losses(kept, truths):
    logits, labels = with_probabilities(0.6, 0.1, 0.9)

    value = loss("ohem_topk", logits, labels, ohem_min_kept=kept)

    assert value.item() == pytest.approx(mean_cost(*truths), rel=1e-5)


@pytest.mark.parametrize("name", ["ohem", "ohem_topk"])
def test_half_precision_logits_are_judged_in_float32(name):
    logits = torch.zeros(1, 2, 1, 2, dtype=torch.bfloat16)
    value = loss(name, logits, torch.zeros(1, 1, 2, dtype=torch.int64), ohem_min_kept=1)

    assert value.dtype == torch.float32
    assert value.item() == pytest.approx(math.log(2))
