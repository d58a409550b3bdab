import pytest
import torch
import torch.nn.functional as F

from models.config import VARIANTS, DistributionConfig
from models.distribution import DISTRIBUTIONS
from models.distribution.mask import MaskDistribution
from models.stages import record, replace

MASKS = ("depthwise", "average", "bilinear")


def build(name: str, variant: str, depth: int = 3, channels: int = 4) -> MaskDistribution:
    config = DistributionConfig(name, depth=depth)
    return DISTRIBUTIONS.get(name)(channels, 0, config, variant).eval()


def context(height: int = 24, width: int = 19, channels: int = 4) -> torch.Tensor:
    return 4 * torch.randn(2, channels, height, width)


NOTHING = torch.empty(0)


@pytest.mark.parametrize("name", MASKS)
@pytest.mark.parametrize(("variant", "added"), [("reference", 2), ("paper", 1)])
def test_the_gate_is_added_to_one_or_two_contexts(name, variant, added):
    module, given = build(name, variant), context()
    with record(module) as seen:
        gated = module(given, NOTHING)

    torch.testing.assert_close(gated, (seen["ld.mask"] + added) * given)


@pytest.mark.parametrize("name", MASKS)
def test_the_references_mask_never_closes_below_one_half(name):
    with record(module := build(name, "reference")) as seen:
        module(context(), NOTHING)

    assert seen["ld.mask"].min() == 0.5  # where the ReLU before the sigmoid is at zero
    assert 0.5 < seen["ld.mask"].max() < 1


@pytest.mark.parametrize("name", MASKS)
def test_the_papers_mask_opens_and_closes(name):
    with record(module := build(name, "paper")) as seen:
        module(context(), NOTHING)

    assert 0 < seen["ld.mask"].min() < 0.4
    assert 0.6 < seen["ld.mask"].max() < 1


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_depthwise_mask_is_three_strided_convolutions_and_a_sigmoid(variant):
    module, given = build("depthwise", variant), context()
    state = module.state_dict()
    for key, value in state.items():
        if key.endswith("running_mean"):
            torch.nn.init.normal_(value, std=0.3)

    coarse = given
    for i in range(3):
        coarse = F.conv2d(coarse, state[f"shrink.{i}.0.weight"], state[f"shrink.{i}.0.bias"], stride=2, groups=4)
        mean, variance = state[f"shrink.{i}.1.running_mean"], state[f"shrink.{i}.1.running_var"]
        coarse = (coarse - mean[:, None, None]) / (variance[:, None, None] + 1e-5) ** 0.5
        if i < 2 or variant == "reference":
            coarse = coarse.clamp(min=0)
    upsampled = F.interpolate(coarse, (24, 19), mode="bilinear", align_corners=variant == "reference")

    with record(module) as seen:
        module(given, NOTHING)
    torch.testing.assert_close(seen["ld.mask"], 1 / (1 + torch.exp(-upsampled)))


def test_the_average_mask_of_a_block_image_is_the_sigmoid_of_its_means():
    module = build("average", "paper", depth=1, channels=1)
    given = torch.tensor([[0.0, 2.0], [4.0, 6.0]])[None, None]
    with record(module) as seen:
        module(given, NOTHING)

    torch.testing.assert_close(seen["ld.mask"], torch.full((1, 1, 2, 2), 3.0).sigmoid())


def test_the_bilinear_mask_of_a_constant_is_its_sigmoid():
    for variant in VARIANTS:
        module = build("bilinear", variant)
        with record(module) as seen:
            module(torch.full((1, 4, 17, 30), 0.7), NOTHING)

        torch.testing.assert_close(seen["ld.mask"], torch.full((1, 4, 17, 30), 0.7).sigmoid())


@pytest.mark.parametrize(("name", "side"), [("depthwise", 15), ("average", 8), ("bilinear", 8)])
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_smaller_map_is_refused_with_the_size_that_it_needs(name, variant, side):
    module = build(name, variant)

    assert module(context(side, side + 1), NOTHING).isfinite().all()
    with pytest.raises(ValueError, match=rf"map is {side + 1}x{side - 1}, this LD needs at least {side}x{side}; enl"):
        module(context(side + 1, side - 1), NOTHING)


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_a_depthwise_mask_needs_a_map_that_can_be_halved_so_often(depth):
    module = build("depthwise", "reference", depth)
    side = module.min_map

    assert side == {1: 3, 2: 7, 3: 15, 4: 31}[depth]
    assert module(context(side, side), NOTHING).shape == (2, 4, side, side)


def test_what_learns_nothing_has_no_parameters():
    assert [len(list(build(name, "reference").parameters())) for name in ("average", "bilinear")] == [0, 0]


def test_the_learned_mask_costs_12_numbers_a_channel_and_halving():
    parameters = sum(value.numel() for value in build("depthwise", "reference", channels=512).parameters())

    assert parameters == 3 * 512 * (9 + 1 + 2)


def test_a_mask_of_zero_lets_the_context_through_once_in_the_paper_and_twice_in_the_code():
    given = context()
    for variant, times in (("paper", 1), ("reference", 2)):
        module = build("depthwise", variant)
        with replace(module, {"ld.mask": torch.zeros_like}):
            torch.testing.assert_close(module(given, NOTHING), times * given)
