import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torchvision.models.segmentation.deeplabv3 import ASPP

from models.aggregation.aspp import AtrousPyramid, rates_at
from models.config import AggregationConfig


def applied(state: dict[str, Tensor], block: str, features: Tensor, rate: int = 1) -> Tensor:
    """Convolution, BatchNorm, ReLU from their tensors."""
    weight, gain, bias = state[f"{block}.0.weight"], state[f"{block}.1.weight"], state[f"{block}.1.bias"]
    value = F.conv2d(features, weight, padding=rate * (weight.shape[-1] // 2), dilation=rate)
    mean, deviation = state[f"{block}.1.running_mean"], (state[f"{block}.1.running_var"] + 1e-5) ** 0.5
    scale = (gain / deviation)[:, None, None]
    return (scale * (value - mean[:, None, None]) + bias[:, None, None]).relu()


def test_it_equals_its_branches_concatenated_by_hand():
    module = AtrousPyramid(6, AggregationConfig("aspp", channels=5, inner=4, rates=(1, 2, 5))).eval()
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight)
            nn.init.normal_(layer.bias)
    features, state = torch.randn(2, 6, 9, 7), module.state_dict()

    mean = applied(state, "pool.1", features.mean((2, 3), keepdim=True)).expand(-1, -1, 9, 7)
    atrous = [applied(state, f"atrous.{i}", features, rate) for i, rate in enumerate((1, 2, 5))]
    expected = applied(state, "fuse", torch.cat([mean, applied(state, "point", features), *atrous], 1))

    torch.testing.assert_close(module(features), expected)


def test_dropout_takes_whole_channels_and_only_while_training():
    config = AggregationConfig("aspp", channels=64, inner=4, rates=(1,), dropout=0.5)
    module = AtrousPyramid(6, config)
    nn.init.constant_(module.state_dict()["fuse.1.bias"], 9.0)  # far from where the ReLU closes
    features = torch.randn(2, 6, 5, 5)

    dropped = (module(features) == 0).flatten(2).all(2)
    kept = (module.eval()(features) == 0).flatten(2).all(2)

    assert 0.3 < dropped.float().mean() < 0.7
    assert not kept.any()


def test_without_dropout_training_draws_no_random_number():
    module = AtrousPyramid(6, AggregationConfig("aspp", channels=8, inner=4, rates=(1,)))
    before = torch.get_rng_state()
    module(torch.randn(2, 6, 5, 5, generator=torch.Generator().manual_seed(0)))

    assert torch.equal(torch.get_rng_state(), before)


def paired(rates: tuple[int, ...]) -> tuple[AtrousPyramid, ASPP]:
    """Ours and torchvision's with the same weights, in float64."""
    inner, channels = 6, 10
    ours = AtrousPyramid(channels, AggregationConfig("aspp", channels=inner, inner=inner, rates=rates)).double()
    for layer in ours.modules():
        if isinstance(layer, nn.BatchNorm2d):
            for value in (layer.weight, layer.bias, layer.running_mean):
                nn.init.normal_(value)
            nn.init.uniform_(layer.running_var, 0.5, 2.0)
    theirs = ASPP(channels, rates, inner).double()
    theirs.project[3] = nn.Identity()  # dropout of half the values, which the paper does not have
    for source, target in zip([ours.point, *ours.atrous], list(theirs.convs)[:-1], strict=True):
        target.load_state_dict(source.state_dict())
    pool = ours.pool[1].state_dict()
    theirs.convs[-1].load_state_dict({f"{int(key[0]) + 1}{key[1:]}": value for key, value in pool.items()})
    fuse = ours.fuse.state_dict()
    # They put the pooled branch last, we first.
    fuse["0.weight"] = fuse["0.weight"].roll(-inner, dims=1)
    theirs.project.load_state_dict(fuse)
    return ours, theirs


@pytest.mark.parametrize("rates", [(6, 12, 18), (12, 24, 36), (6, 12, 18, 24)])
@pytest.mark.parametrize("batch", [1, 2])
@settings(max_examples=5)
@given(height=st.integers(1, 40), width=st.integers(1, 40))
def test_it_equals_torchvisions(rates, batch, height, width):
    ours, theirs = paired(rates)
    features = torch.randn(batch, 10, height, width, dtype=torch.float64)

    with torch.no_grad():
        torch.testing.assert_close(ours.eval()(features), theirs.eval()(features), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("height", "width"), [(7, 9), (8, 6)])
def test_it_learns_as_torchvisions_does(height, width):
    ours, theirs = paired((2, 4, 6))
    features = torch.randn(2, 10, height, width, dtype=torch.float64)

    both = [module(features) for module in (ours, theirs)]
    for output in both:
        output.square().sum().backward()

    torch.testing.assert_close(both[0], both[1])
    torch.testing.assert_close(ours.point[0].weight.grad, theirs.convs[0][0].weight.grad)
    torch.testing.assert_close(ours.pool[1][0].weight.grad, theirs.convs[-1][1].weight.grad)


def test_without_image_pooling_the_other_branches_are_left():
    config = AggregationConfig("aspp", channels=5, inner=4, rates=(1, 2), image_pooling=False)
    module = AtrousPyramid(6, config).eval()
    features, state = torch.randn(2, 6, 9, 7), module.state_dict()

    branches = [applied(state, "point", features), *(applied(state, f"atrous.{i}", features, i + 1) for i in (0, 1))]

    torch.testing.assert_close(module(features), applied(state, "fuse", torch.cat(branches, 1)))
    assert not any(key.startswith("pool") for key in state)
    # Zeros around a map are what its padding is anyhow; only its mean would notice them.
    torch.testing.assert_close(module(F.pad(features, (20, 0)))[..., 20:], module(features))


def test_image_pooling_does_not_learn_from_one_image_and_says_so():
    features = torch.randn(1, 6, 5, 5)
    module = AtrousPyramid(6, AggregationConfig("aspp", channels=8, inner=4, rates=(1,)))

    with pytest.raises(ValueError, match=r"batch is 1, .* BatchNorm learns from 2 or more; raise the batch, hold"):
        module(features)
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.eval()
    assert module(features).isfinite().all()
    alone = AtrousPyramid(6, AggregationConfig("aspp", channels=8, inner=4, rates=(1,), image_pooling=False))
    assert alone(features).isfinite().all()


def test_rates_follow_the_output_stride():
    assert rates_at((6, 12, 18), stride=8, before=16) == (12, 24, 36)
    assert rates_at((6, 12, 18, 24), stride=4, before=16) == (24, 48, 72, 96)
    assert rates_at((12, 24, 36), stride=32, before=8) == (3, 6, 9)
    with pytest.raises(ValueError, match=r"output_stride is 32, where the rates \(3, 6, 9\) of 16 would be fractions"):
        rates_at((3, 6, 9), stride=32, before=16)
