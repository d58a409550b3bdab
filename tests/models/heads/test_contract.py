"""What every head keeps, for every pair of GA and LD and every arrangement."""

from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.aggregation import AGGREGATIONS
from models.backbones.pyramid import Pyramid
from models.config import VARIANTS, AggregationConfig, AttentionConfig, DistributionConfig, ModelConfig
from models.distribution import DISTRIBUTIONS
from models.heads import HEADS
from models.heads.output import Head
from models.stages import record

CHANNELS = (4, 6, 8, 12)
STAGES = {
    *("fcn.features", "ga.context", "gald.features"),
    *("cascade.block5", "cascade.block6"),
    *("ga.query", "ga.key", "ga.anchors", "ga.branches", "ld.mask", "ld.affinity", "ld.query", "ld.key"),
    *("car.features", "ocr.logits"),
}
ARRANGEMENTS = ("gald", "ldga", "parallel", "ga", "ld")
PAIRS = [
    (ga, ld, arrangement, variant)
    for arrangement, variant in product(ARRANGEMENTS, VARIANTS)
    for ga, ld in product(AGGREGATIONS.names(), DISTRIBUTIONS.names())
    if (arrangement != "ga" or ld == "none") and (arrangement != "ld" or ga == "none")
]


def build(
    ga: str = "cgnl", ld: str = "depthwise", arrangement: str = "gald", variant: str = "reference", **options
) -> Head:
    config = ModelConfig(
        aggregation=AggregationConfig(
            ga, channels=8, inner=4, rates=(1, 2), bins=(1, 2), groups=2, attention=AttentionConfig(8, 8, 4)
        ),
        distribution=DistributionConfig(ld, kernel=3, dilation=1, channels=4),
        arrangement=arrangement,
        variant=variant,
        width=8,
        **options,
    )
    return HEADS.get(config.head)(CHANNELS, config).eval()


def pyramid(height: int = 16, width: int = 15) -> Pyramid:
    return Pyramid(*(torch.randn(2, channels, height, width, requires_grad=True) for channels in CHANNELS))


@pytest.mark.parametrize(("ga", "ld", "arrangement", "variant"), PAIRS)
def test_every_pair_in_every_arrangement_computes_what_it_announces(ga, ld, arrangement, variant):
    head, levels = build(ga, ld, arrangement, variant), pyramid()
    with record(head) as seen:
        output = head(levels)
    output.features.square().mean().backward()

    assert output.features.shape == (2, head.out_channels, 16, 15)
    assert {name: value.shape[1] for name, value in output.stage_features.items()} == head.stage_channels
    assert all(value.shape[-2:] == (16, 15) for value in output.stage_features.values())
    assert set(seen) <= STAGES
    assert levels.c5.grad is not None and (levels.c5.grad.abs().sum(1) > 0).all()


@pytest.mark.parametrize("name", HEADS.names())
@settings(max_examples=6)
@given(height=st.integers(15, 22), width=st.integers(15, 22))
def test_the_features_have_the_size_of_c5(name, height, width):
    output = build(head=name)(pyramid(height, width))

    assert output.features.shape[-2:] == (height, width)


@pytest.mark.parametrize("name", HEADS.names())
def test_the_same_pyramid_gives_the_same_features_and_stays_what_it_was(name):
    head, levels = build(head=name), pyramid()
    before = [level.clone() for level in levels]

    assert torch.equal(head(levels).features, head(levels).features)
    assert all(torch.equal(a, b) for a, b in zip(levels, before, strict=True))


@pytest.mark.parametrize("name", HEADS.names())
def test_the_smallest_map_that_it_names_is_enough(name):
    head = build(head=name)

    assert head(pyramid(head.min_map, head.min_map)).features.isfinite().all()
