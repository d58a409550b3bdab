import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.aggregation.cae import ContextAugmentedEncoder
from models.config import AggregationConfig, AttentionConfig
from models.stages import record, stages_of


def test_at_the_papers_widths_it_has_the_papers_layers():
    with torch.device("meta"):
        encoder = ContextAugmentedEncoder(2048, AggregationConfig("cae", channels=256))
    layers = [layer for layer in encoder.modules() if isinstance(layer, nn.Conv2d)]

    assert [(layer.in_channels, layer.out_channels, layer.kernel_size[0]) for layer in layers] == [
        (2048, 2048, 1),  # the wide linear layer
        (2048, 512, 1),
        (512, 64, 1),  # query
        (512, 64, 1),  # key
        (512, 512, 1),  # value
        (512, 512, 1),  # of CAR
        (512, 256, 3),  # trailing
    ]
    assert encoder.out_channels == 256


def test_the_regularised_feature_is_what_the_trailing_convolution_sees():
    config = AggregationConfig("cae", channels=6)
    encoder, features = ContextAugmentedEncoder(10, config).eval(), torch.randn(1, 10, 4, 5)
    with record(encoder) as seen:
        context = encoder(features)

    assert stages_of(encoder)["car.features"].info["loss"] == "car"
    torch.testing.assert_close(encoder.leave(seen["car.features"]), context)
    assert seen["ga.query"].shape == seen["ga.key"].shape == (1, 64, 4, 5)


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("size", [(4, 5), (3, 3), (2, 6), (1, 1)])
def test_it_equals_its_layers_written_out(batch, size):
    attention = AttentionConfig(wide=7, width=6, key=3)
    encoder = ContextAugmentedEncoder(5, AggregationConfig("cae", channels=4, attention=attention)).double().eval()
    state = encoder.state_dict()

    def point(name: str, value: Tensor) -> Tensor:
        bias = state[f"{name}.bias"][:, None, None] if f"{name}.bias" in state else 0.0
        return torch.einsum("oc,bchw->bohw", state[f"{name}.weight"][:, :, 0, 0], value) + bias

    def normed(value: Tensor) -> Tensor:
        return (value / (1 + 1e-5) ** 0.5).clamp(min=0)  # a fresh BatchNorm and ReLU

    features = torch.randn(batch, 5, *size, dtype=torch.float64)
    narrow = normed(point("enter.1.0", normed(point("enter.0.0", features))))
    query, key, value = (point(f"attention.{name}", narrow).flatten(2) for name in ("query", "key", "value"))
    weights = torch.einsum("bci,bcj->bij", query, key).exp()
    context = torch.einsum("bij,bcj->bci", weights / weights.sum(2, keepdim=True), value).unflatten(2, size)
    regularised = point("attention.regularised.0", narrow + context)

    expected = normed(F.conv2d(regularised, state["leave.0.weight"], padding=1))
    torch.testing.assert_close(encoder(features), expected)
