import pytest
import torch
from torch import Tensor

from models.aggregation.attention import AttentionEncoder, FullAttention
from models.config import AggregationConfig, AttentionConfig
from models.layers import conv_bn_relu
from models.stages import stages_of


def project(layer: torch.nn.Module, features: Tensor) -> Tensor:
    """(C, H, W) -> (C', N) by the definition of a 1x1 convolution."""
    return layer.get_parameter("weight")[:, :, 0, 0] @ features.flatten(1) + layer.get_parameter("bias")[:, None]


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("size", [(3, 4), (5, 3)])
@pytest.mark.parametrize("car", [True, False])
def test_it_equals_an_unscaled_softmax_position_by_position(batch, size, car):
    attention = FullAttention(AttentionConfig(width=12, key=3, car=car)).double()
    features = torch.randn(batch, 12, *size, dtype=torch.float64)

    expected = []
    for image in features:
        query, key, value = (project(layer, image) for layer in (attention.query, attention.key, attention.value))
        context = [value @ torch.softmax(key.T @ query[:, i], dim=0) for i in range(query.shape[1])]
        expected.append(image + torch.stack(context, dim=1).unflatten(1, size))
    total = torch.stack(expected)
    if car:
        linear = attention.regularised.get_submodule("0")
        total = torch.stack([project(linear, image).unflatten(1, size) for image in total])

    torch.testing.assert_close(attention(features), total)


def test_no_map_of_all_pairs_is_formed_forward_or_backward(largest_result):
    features = torch.randn(1, 8, 24, 24, requires_grad=True)
    largest = largest_result(lambda: FullAttention(AttentionConfig(width=8, key=4))(features).sum().backward())

    assert features.numel() <= largest < (24 * 24) ** 2 / 10


def test_with_car_a_1x1_stands_where_the_3x3_was_and_its_input_is_supervised():
    plain, car = (
        AttentionEncoder(
            20, AggregationConfig("attention", channels=10, attention=AttentionConfig(width=8, key=4, car=c))
        )
        for c in (False, True)
    )

    assert plain.leave[0].kernel_size == (3, 3)
    assert car.leave[0].kernel_size == (1, 1)
    assert stages_of(car)["car.features"].info == {"loss": "car"}
    assert "car.features" not in stages_of(plain)


def test_the_encoder_reduces_by_a_3x3_and_widens_to_its_channels():
    config = AggregationConfig("attention", channels=10, attention=AttentionConfig(width=8, key=4))
    encoder, features = AttentionEncoder(20, config).eval(), torch.randn(2, 20, 5, 6)

    assert encoder.enter[0].kernel_size == (3, 3)
    assert encoder.out_channels == 10
    torch.testing.assert_close(
        encoder(features), encoder.leave(encoder.attention(conv_bn_relu_of(encoder.enter, features)))
    )


def conv_bn_relu_of(block: torch.nn.Sequential, features: Tensor) -> Tensor:
    """A freshly initialised BatchNorm in eval mode divides by sqrt(1 + eps)."""
    assert [type(layer) for layer in block] == [type(layer) for layer in conv_bn_relu(1, 1, 3)]
    same = torch.nn.functional.conv2d(features, block.get_parameter("0.weight"), padding=1)
    return (same / (1 + 1e-5) ** 0.5).relu()


def test_a_width_that_the_key_does_not_divide_is_refused():
    with pytest.raises(ValueError, match="width is 512 and key 60; width must be a multiple of key"):
        AttentionConfig(key=60)
