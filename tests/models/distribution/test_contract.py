"""What every local distribution keeps, in both variants."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.config import VARIANTS, DistributionConfig
from models.distribution import DISTRIBUTIONS
from models.distribution.base import Distribution
from models.stages import record, stages_of

CONTEXT, LOCAL = 6, 10
STAGES = {"ld.mask", "ld.affinity", "ld.query", "ld.key"}
EVERY = [(name, variant) for name in DISTRIBUTIONS.names() for variant in VARIANTS]
SIDE = st.integers(15, 24)


def build(name: str, variant: str) -> Distribution:
    config = DistributionConfig(name, kernel=3, dilation=2, channels=4)
    return DISTRIBUTIONS.get(name)(CONTEXT, LOCAL, config, variant).eval()


def features(height: int = 17, width: int = 16) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(2, CONTEXT, height, width), torch.randn(2, LOCAL, height, width)


@pytest.mark.parametrize(("name", "variant"), EVERY)
@settings(max_examples=8)
@given(height=SIDE, width=SIDE)
def test_the_size_of_the_context_stays(name, variant, height, width):
    distribution = build(name, variant)

    handed_out = distribution(*features(height, width))

    assert handed_out.shape == (2, distribution.out_channels, height, width)


@pytest.mark.parametrize(("name", "variant"), EVERY)
def test_the_smallest_map_that_it_names_is_enough(name, variant):
    distribution = build(name, variant)
    side = distribution.min_map

    assert distribution(*features(side, side)).isfinite().all()


@pytest.mark.parametrize(("name", "variant"), EVERY)
def test_gradients_reach_every_position_of_the_context(name, variant):
    context, local = features()
    context.requires_grad_()
    build(name, variant)(context, local).square().sum().backward()

    assert context.grad is not None
    assert (context.grad.abs().sum(1) > 0).all()


@pytest.mark.parametrize(("name", "variant"), EVERY)
def test_the_same_context_is_handed_out_in_the_same_way_and_stays_what_it_was(name, variant):
    distribution, (context, local) = build(name, variant), features()
    before = context.clone()

    assert torch.equal(distribution(context, local), distribution(context, local))
    assert torch.equal(context, before)


@pytest.mark.parametrize(("name", "variant"), EVERY)
def test_stages_have_the_names_and_ranges_that_were_agreed(name, variant):
    distribution = build(name, variant)
    with record(distribution) as seen:
        distribution(*features())

    assert set(stages_of(distribution)) <= STAGES
    if "ld.mask" in seen:
        assert seen["ld.mask"].shape == (2, CONTEXT, 17, 16)
        assert seen["ld.mask"].min() > 0 and seen["ld.mask"].max() < 1
    if "ld.affinity" in seen:
        torch.testing.assert_close(seen["ld.affinity"].sum(1), torch.ones(2, 17, 16))
