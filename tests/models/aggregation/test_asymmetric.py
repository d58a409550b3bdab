"""Anchors, attention to them, and how context and input are joined."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from models.aggregation.asymmetric import AnchorAttention, AnchorSampling, Join
from models.config import AsymmetricConfig
from models.stages import record, stages_of

SIDE = st.integers(1, 9)


def attention(
    low: int = 3, shares: str = "nothing", anchors: tuple[int, ...] = (1, 2, 3), **options
) -> AnchorAttention:
    module = AnchorAttention((5, low), 4, AsymmetricConfig(anchors=anchors, **options), shares, "ga").double().eval()
    for name in ("weight", "bias"):
        nn.init.normal_(module.out.get_parameter(name))
    return module


@pytest.mark.parametrize("sampling", ["average", "max"])
@given(height=SIDE, width=SIDE)
def test_pooled_anchors_are_the_cells_of_each_grid_in_order(loops, sampling, height, width):
    value = torch.randn(2, 3, height, width, dtype=torch.float64)
    sample = AnchorSampling(AsymmetricConfig(sampling=sampling, anchors=(1, 3, 4)))

    (found,) = sample(value)

    expected = torch.tensor([loops.anchors(image, (1, 3, 4), sampling) for image in value], dtype=torch.float64)
    torch.testing.assert_close(found, expected)


def test_the_grid_of_the_paper_has_110_anchors_and_table_7_has_50_and_225():
    value = torch.randn(1, 2, 24, 25)
    counts = {
        widths: AnchorSampling(AsymmetricConfig(anchors=widths))(value)[0].shape[2]
        for widths in ((1, 3, 6, 8), (1, 2, 3, 6), (1, 4, 8, 12), (15,))
    }

    assert counts == {(1, 3, 6, 8): 110, (1, 2, 3, 6): 50, (1, 4, 8, 12): 225, (15,): 225}


def test_without_sampling_every_position_is_an_anchor():
    value = torch.randn(2, 3, 4, 5)

    (found,) = AnchorSampling(AsymmetricConfig(sampling="none"))(value)

    assert torch.equal(found, value.reshape(2, 3, 20))


@pytest.mark.parametrize("training", [False, True])
def test_random_anchors_are_values_of_the_map_at_the_same_places_of_both_maps(training):
    places = torch.arange(42.0).reshape(1, 1, 6, 7)
    sample = AnchorSampling(AsymmetricConfig(sampling="random", anchors=(15,))).train(training)

    first, second = sample(places, -2 * places)

    assert first.shape == (1, 1, 225)
    assert torch.equal(second, -2 * first)
    # 225 draws from 42 places: one place is missed with a probability of 0.4 %, seven of them never.
    assert len(set(first.flatten().tolist()) & set(range(42))) > 35


def test_random_anchors_move_in_training_and_stay_in_evaluation():
    places = torch.arange(100.0).reshape(1, 1, 10, 10)
    sample = AnchorSampling(AsymmetricConfig(sampling="random"))

    assert not torch.equal(*(sample.train()(places)[0] for _ in range(2)))
    before = torch.get_rng_state()
    assert torch.equal(*(sample.eval()(places)[0] for _ in range(2)))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("normalisation", ["softmax", "rescale", "none"])
@pytest.mark.parametrize("sampling", ["average", "max", "none"])
@pytest.mark.parametrize("variant", ["reference", "paper"])
def test_attention_from_one_map_to_another_equals_loops(loops, variant, sampling, normalisation):
    config = AsymmetricConfig(variant, sampling, (1, 2, 3), normalisation)
    module = AnchorAttention((5, 3), 4, config, "nothing", "ga")
    loops.shake(module)
    high, low = torch.randn(2, 5, 3, 4, dtype=torch.float64), torch.randn(2, 3, 5, 4, dtype=torch.float64)

    expected = [loops.response(module, pair, ("query", "key", "value"), config) for pair in zip(high, low, strict=True)]

    torch.testing.assert_close(module(high, low), torch.stack(expected))


@pytest.mark.parametrize("shares", ["query", "value"])
def test_what_is_shared_is_the_same_map_and_has_no_parameters_of_its_own(shares):
    module, features = attention(5, shares), torch.randn(1, 5, 4, 4, dtype=torch.float64)
    kept = {name.split(".")[0] for name in module.state_dict()}
    with record(module) as seen:
        module(features, features)

    assert kept == {"query": {"query", "value", "out"}, "value": {"query", "key", "out"}}[shares]
    assert torch.equal(seen["ga.query"], seen["ga.key"]) == (shares == "query")


def test_stages_are_the_operands_and_say_how_they_are_compared():
    module, features = attention(5), torch.randn(2, 5, 4, 6, dtype=torch.float64)
    with record(module) as seen:
        module(features, features)

    assert {name: value.shape for name, value in seen.items()} == {
        "ga.query": (2, 4, 4, 6),
        "ga.key": (2, 4, 4, 6),
        "ga.anchors": (2, 4, 14),
    }
    info = stages_of(module)["ga.anchors"].info
    assert info == {"sampling": "average", "anchors": (1, 2, 3), "normalisation": "softmax", "scale": 0.5}
    assert "ga.anchors" not in stages_of(attention(5, sampling="none"))


@pytest.mark.parametrize("normalisation", ["softmax", "rescale", "none"])
@pytest.mark.parametrize("sampling", ["average", "none"])
def test_no_map_of_scores_is_formed_forward_or_backward(largest_result, sampling, normalisation):
    features = torch.randn(1, 5, 24, 24, requires_grad=True)
    module = attention(5, sampling=sampling, normalisation=normalisation, anchors=(1, 3, 6, 8)).float()
    largest = largest_result(lambda: module(features, features).sum().backward())

    scores = 24**2 * (110 if sampling == "average" else 24**2)
    assert features.numel() <= largest < scores / 10


@pytest.mark.parametrize("normalisation", ["softmax", "rescale", "none"])
@pytest.mark.parametrize("sampling", ["average", "max", "random", "none"])
@pytest.mark.parametrize(("high", "low"), [((1, 1), (1, 1)), ((2, 3), (4, 3))])
def test_gradients_are_right_and_finite_at_every_size(high, low, sampling, normalisation):
    module = attention(sampling=sampling, normalisation=normalisation)
    maps = [
        torch.randn(1, channels, *size, dtype=torch.float64, requires_grad=True)
        for channels, size in ((5, high), (3, low))
    ]

    assert torch.autograd.gradcheck(module, maps, fast_mode=True)


def test_it_starts_without_any_context():
    module = AnchorAttention((5, 3), 4, AsymmetricConfig(), "nothing", "ga")

    assert torch.equal(module(torch.randn(1, 5, 4, 4), torch.randn(1, 3, 6, 6)), torch.zeros(1, 5, 4, 4))


def test_a_mean_over_many_anchors_stays_in_the_range_of_half_precision():
    module = AnchorAttention((1, 1), 4, AsymmetricConfig("paper", "none", normalisation="rescale"), "nothing", "ga")
    for layer, value in ((module.query, 1.0), (module.key, 40.0), (module.value, 40.0)):
        torch.nn.init.constant_(layer.get_parameter("weight"), value)
        torch.nn.init.zeros_(layer.get_parameter("bias"))
    torch.nn.init.constant_(module.out.weight, 0.25)

    found = module.half()(*(torch.ones(1, 1, 20, 20, dtype=torch.float16),) * 2)

    # 4 channels x 40 x 40, averaged over 400 positions; their sum is 2.6 million, far above 65504.
    torch.testing.assert_close(found, torch.full_like(found, 6400.0), rtol=5e-3, atol=0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_scores_beyond_the_range_of_half_precision_give_the_softmax_of_float(dtype):
    # Scores of up to some hundred thousand; float16 ends at 65504.
    query, anchors, values = (torch.randn(1, 4, 9).mul(factor).to(dtype) for factor in (300.0, 300.0, 1.0))

    found = attention(variant="paper").attend(query, anchors, values)

    scores = torch.einsum("bcn,bcs->bns", query.double(), anchors.double())
    expected = torch.einsum("bns,bcs->bcn", scores.softmax(2), values.double())
    assert scores.abs().max() > 65504
    torch.testing.assert_close(found.double(), expected, rtol=0.02, atol=0.02)


def test_autocast_gives_nearly_the_same():
    module, features = attention(5).float(), torch.randn(1, 5, 9, 8)

    with torch.autocast("cpu", torch.bfloat16):
        found = module(features, features)

    torch.testing.assert_close(found.float(), module(features, features), rtol=0.05, atol=0.05)


@pytest.mark.parametrize(
    ("variant", "output", "channels"),
    [("reference", "concat", 3), ("reference", "sum", 3), ("paper", "concat", 6), ("paper", "sum", 3)],
)
def test_context_and_input_are_concatenated_or_summed(loops, variant, output, channels):
    join = Join(3, AsymmetricConfig(variant=variant, output=output), relu=True, dropout=0.05)
    loops.shake(join)
    context, features = (torch.randn(2, 3, 4, 5, dtype=torch.float64) for _ in range(2))

    found = join(context, features)

    expected = context + features if output == "sum" else torch.cat([context, features], 1)
    if (variant, output) == ("reference", "concat"):
        expected = torch.stack([loops.layer(join.fuse, image) for image in expected])
    torch.testing.assert_close(found, expected)
    assert found.shape[1] == join.out_channels == channels


def test_the_published_code_drops_whole_channels_and_has_no_relu_in_the_fusion_of_levels():
    apnb, afnb = (Join(3, AsymmetricConfig(), relu=relu, dropout=0.05).fuse for relu in (True, False))

    assert [type(layer) for layer in apnb] == [nn.Conv2d, nn.BatchNorm2d, nn.ReLU, nn.Dropout2d]
    assert [type(layer) for layer in afnb] == [nn.Conv2d, nn.BatchNorm2d, nn.Dropout2d]
    assert apnb[-1].p == afnb[-1].p == 0.05
