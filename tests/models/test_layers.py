import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from models.layers import conv_bn, conv_bn_relu, halve, resize

SIDE = st.integers(3, 20)


@given(SIDE, SIDE, st.sampled_from([1, 3, 5]), st.integers(1, 4))
def test_a_convolution_keeps_the_size_at_any_dilation(height, width, kernel, dilation):
    layer = conv_bn_relu(2, 3, kernel, dilation=dilation).eval()

    assert layer(torch.randn(1, 2, height, width)).shape == (1, 3, height, width)


def test_convolutions_before_a_norm_have_no_bias_and_end_as_they_say():
    assert conv_bn_relu(2, 3, 3)[0].bias is None and isinstance(conv_bn_relu(2, 3, 3)[-1], nn.ReLU)
    assert conv_bn(2, 3)[0].bias is None and isinstance(conv_bn(2, 3)[-1], nn.BatchNorm2d)


@given(SIDE, SIDE)
def test_halving_counts_windows_without_padding(height, width):
    layer = halve(4).eval()

    assert layer(torch.randn(1, 4, height, width)).shape == (1, 4, (height - 3) // 2 + 1, (width - 3) // 2 + 1)


def test_halving_is_depthwise_with_a_bias():
    convolution = halve(8)[0]

    assert convolution.weight.shape == (8, 1, 3, 3)
    assert convolution.bias.shape == (8,)


@pytest.mark.parametrize(("align_corners", "expected"), [(True, [0.0, 1.0, 2.0, 3.0]), (False, [0.0, 0.75, 2.25, 3.0])])
def test_resize_samples_between_the_corners_or_the_edges(align_corners, expected):
    row = torch.tensor([[[[0.0, 3.0]]]])

    resized = resize(row, (1, 4), align_corners)

    torch.testing.assert_close(resized[0, 0, 0], torch.tensor(expected))


def test_resizing_to_its_own_size_is_the_same_tensor():
    value = torch.randn(1, 2, 5, 7)

    assert resize(value, (5, 7)) is value
