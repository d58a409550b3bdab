import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.aggregation.aspp import AtrousPyramid
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
