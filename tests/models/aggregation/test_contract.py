"""What every global aggregation keeps, alone and at half the size."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.aggregation import AGGREGATIONS
from models.aggregation.base import Aggregation
from models.aggregation.half_size import HalfSize
from models.config import AggregationConfig, AttentionConfig
from models.stages import record, replace, stages_of

CHANNELS = 16
STAGES = {"ga.query", "ga.key", "ga.anchors", "ga.branches", "car.features", "ocr.logits"}
ATTENTION = AttentionConfig(wide=16, width=8, key=4)
EVERY = [(name, half) for name in AGGREGATIONS.names() for half in (False, True)]
SIDE = st.integers(3, 14)


def build(name: str, half: bool) -> Aggregation:
    config = AggregationConfig(name, channels=12, inner=8, rates=(1, 3), bins=(1, 2, 3), groups=4, attention=ATTENTION)
    aggregation = AGGREGATIONS.get(name)(CHANNELS, config)
    return (HalfSize(CHANNELS, aggregation) if half else aggregation).eval()


@pytest.mark.parametrize(("name", "half"), EVERY)
@settings(max_examples=10)
@given(height=SIDE, width=SIDE)
def test_the_context_has_the_size_of_the_features(name, half, height, width):
    aggregation = build(name, half)

    context = aggregation(torch.randn(2, CHANNELS, height, width))

    assert context.shape == (2, aggregation.out_channels, height, width)


@pytest.mark.parametrize(("name", "half"), EVERY)
def test_the_smallest_map_that_it_names_is_enough(name, half):
    aggregation = build(name, half)
    side = aggregation.min_map

    assert aggregation(torch.randn(2, CHANNELS, side, side)).isfinite().all()


@pytest.mark.parametrize(("name", "half"), EVERY)
def test_gradients_reach_every_position(name, half):
    features = torch.randn(1, CHANNELS, 9, 7, requires_grad=True)
    build(name, half)(features).square().sum().backward()

    assert features.grad is not None
    assert (features.grad.abs().sum(1) > 0).all()


@pytest.mark.parametrize(("name", "half"), EVERY)
def test_the_same_features_give_the_same_context_and_stay_what_they_were(name, half):
    aggregation, features = build(name, half), torch.randn(2, CHANNELS, 8, 9)
    before = features.clone()

    assert torch.equal(aggregation(features), aggregation(features))
    assert torch.equal(features, before)


@pytest.mark.parametrize(("name", "half"), EVERY)
def test_images_of_a_batch_do_not_see_one_another(name, half):
    aggregation, features = build(name, half), torch.randn(2, CHANNELS, 8, 9)

    torch.testing.assert_close(aggregation(features)[:1], aggregation(features[:1]))


@pytest.mark.parametrize(("name", "half"), EVERY)
def test_stages_have_the_names_that_were_agreed(name, half):
    assert set(stages_of(build(name, half))) <= STAGES


@pytest.mark.parametrize(("name", "half"), EVERY)
def test_the_branches_have_names_and_each_of_them_matters(name, half):
    aggregation, features = build(name, half), torch.randn(1, CHANNELS, 9, 8)
    if "ga.branches" not in stages_of(aggregation):
        pytest.skip("this GA has no branches")
    for weight in aggregation.parameters():
        # Blocks whose last layer starts at zero add nothing before they are trained.
        torch.nn.init.normal_(weight, std=0.3)
    branches = stages_of(aggregation)["ga.branches"].info["branches"]
    with record(aggregation, ["ga.branches"]) as seen:
        plain = aggregation(features)

    assert sum(channels for _, channels in branches) == seen["ga.branches"].shape[1]
    assert len({label for label, _ in branches}) == len(branches)
    start = 0
    for _, channels in branches:
        keep = torch.ones_like(seen["ga.branches"])
        keep[:, start : start + channels] = 0
        with replace(aggregation, {"ga.branches": lambda value, keep=keep: value * keep}):
            assert not torch.equal(aggregation(features), plain)
        start += channels
