import pytest
import torch
from torch import Tensor, nn

from models.backbones.pyramid import Pyramid
from models.config import AggregationConfig, DistributionConfig, ModelConfig
from models.heads.gald import GaldHead
from models.stages import record, stages_of

CHANNELS = (2, 3, 4, 10)


def build(arrangement: str, ga: str = "cgnl", ld: str = "depthwise", variant: str = "reference", **options) -> GaldHead:
    config = ModelConfig(
        aggregation=AggregationConfig(ga, channels=8, inner=4, rates=(1, 2), bins=(1, 2), groups=1, **options),
        distribution=DistributionConfig(ld, kernel=3, dilation=1, channels=4),
        arrangement=arrangement,
        variant=variant,
        width=8,
    )
    return GaldHead(CHANNELS, config).eval()


def recorded(head: GaldHead) -> tuple[dict[str, Tensor], Tensor, Tensor]:
    """Stages, features for the decoder, and c5."""
    c5 = torch.randn(2, CHANNELS[-1], 15, 18)
    with torch.no_grad(), record(head) as seen:
        features = head(Pyramid(*(torch.empty(0),) * 3, c5)).features
    return seen, features, c5


def aggregate(head: GaldHead, features: Tensor) -> Tensor:
    with torch.no_grad():
        return head.get_submodule("aggregation")(features)


def test_gald_distributes_the_context():
    head = build("gald")
    seen, _, _ = recorded(head)

    torch.testing.assert_close(seen["ga.context"], aggregate(head, seen["fcn.features"]))
    torch.testing.assert_close(seen["gald.features"], (seen["ld.mask"] + 2) * seen["ga.context"])


def test_ldga_aggregates_what_was_distributed():
    head = build("ldga")
    seen, _, _ = recorded(head)

    distributed = (seen["ld.mask"] + 2) * seen["fcn.features"]
    torch.testing.assert_close(seen["ga.context"], aggregate(head, distributed))
    assert torch.equal(seen["gald.features"], seen["ga.context"])


def test_parallel_concatenates_both():
    head = build("parallel")
    seen, _, _ = recorded(head)

    torch.testing.assert_close(seen["ga.context"], aggregate(head, seen["fcn.features"]))
    distributed = (seen["ld.mask"] + 2) * seen["fcn.features"]
    torch.testing.assert_close(seen["gald.features"], torch.cat([seen["ga.context"], distributed], 1))


def test_ga_alone_has_no_distribution():
    head = build("ga")
    seen, _, _ = recorded(head)

    assert set(seen) == {"fcn.features", "ga.context", "ga.branches", "gald.features", "ga.query", "ga.key"}
    assert torch.equal(seen["gald.features"], seen["ga.context"])


def test_ld_alone_has_no_context():
    head = build("ld")
    seen, _, _ = recorded(head)

    assert set(seen) == {"fcn.features", "ld.mask", "gald.features"}
    torch.testing.assert_close(seen["gald.features"], (seen["ld.mask"] + 2) * seen["fcn.features"])


@pytest.mark.parametrize("variant", ["reference", "paper"])
@pytest.mark.parametrize("arrangement", ["gald", "ldga", "parallel", "ga", "ld"])
def test_the_decoder_gets_the_block_beside_the_backbone(arrangement, variant):
    head = build(arrangement, variant=variant)
    seen, features, c5 = recorded(head)

    if variant == "paper":
        expected = torch.cat([seen["gald.features"], c5], 1)
    else:
        expected = head.fuse(torch.cat([c5, head.leave(seen["gald.features"])], 1))
    torch.testing.assert_close(features, expected)
    assert head.out_channels == features.shape[1]


@pytest.mark.parametrize("arrangement", ["gald", "ga", "parallel"])
def test_the_equations_give_ga_the_backbone_feature_itself(arrangement):
    seen, _, c5 = recorded(build(arrangement, variant="paper"))

    assert torch.equal(seen["fcn.features"], c5)


@pytest.mark.parametrize(("ga", "reduces"), [("psp", True), ("aspp", True), ("cgnl", False), ("nonlocal", False)])
def test_the_code_puts_a_convolution_before_a_ga_that_does_not_reduce_by_itself(ga, reduces):
    head = build("gald", ga)

    assert isinstance(head.enter, nn.Identity) == reduces
    assert head.stage_channels == {"fcn": 10 if reduces else 8, "ga": 8}


def test_ldv2_before_any_ga_looks_at_the_backbone_feature_alone():
    for arrangement in ("ld", "ldga", "parallel"):
        weight = build(arrangement, "none", "affinity", "paper").state_dict()["distribution.query.weight"]
        assert weight.shape[1] == CHANNELS[-1]

    weight = build("gald", "aspp", "affinity", "paper").state_dict()["distribution.query.weight"]
    assert weight.shape[1] == 8 + CHANNELS[-1]


@pytest.mark.parametrize(
    ("arrangement", "options", "side"),
    [
        ("gald", {}, 15),
        ("ld", {}, 15),
        ("ga", {}, 1),
        ("ga", {"half_size": True}, 3),
        ("gald", {"half_size": True}, 15),
    ],
)
def test_the_smallest_map_is_that_of_its_most_demanding_part(arrangement, options, side):
    assert build(arrangement, **options).min_map == side


def test_ga_at_half_the_size_keeps_operands_of_half_the_size():
    seen, _, _ = recorded(build("gald", half_size=True))

    assert seen["ga.query"].shape == (2, 4, 7, 8)
    assert seen["ga.context"].shape == (2, 8, 15, 18)


def test_parts_that_an_arrangement_does_not_use_are_not_built():
    assert not any(name.startswith("ld.") for name in stages_of(build("ga", ld="affinity")))
    assert not any(name.startswith("ga.") for name in stages_of(build("ld")))
