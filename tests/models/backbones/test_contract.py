"""What every backbone keeps, whoever wrote it."""

from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.backbones import BACKBONES
from models.backbones.timm_pyramid import TimmPyramid
from models.config import BackboneConfig

DILATED = [*BACKBONES.names(), "mobilenetv2_100", "resnet18"]
EVERY = [*DILATED, "test_convnext", "swin_tiny_patch4_window7_224"]


def build(name: str, stride: int = 32):
    make = BACKBONES.get(name) if name in BACKBONES.names() else TimmPyramid
    return make(BackboneConfig(name, output_stride=stride)).eval()


@cache
def shapes_only(name: str, stride: int):
    with torch.device("meta"):
        return build(name, stride)


@pytest.mark.parametrize(("name", "stride"), [*((name, 8) for name in DILATED), *((name, 32) for name in EVERY)])
@settings(max_examples=3)
@given(height=st.integers(33, 90), width=st.integers(33, 90))
def test_any_size_gives_four_levels_at_their_strides(name, stride, height, width):
    backbone = shapes_only(name, stride)
    pyramid = backbone(torch.empty(2, 3, height, width, device="meta"))

    assert len(backbone.channels) == 4
    for level, channels, own in zip(pyramid, backbone.channels, (4, 8, 16, 32), strict=True):
        step = min(own, stride)
        assert level.shape == (2, channels, -(-height // step), -(-width // step))


@pytest.mark.parametrize("name", EVERY)
def test_the_same_image_gives_the_same_features_and_gradients_reach_it(name):
    backbone = build(name)
    image = torch.randn(1, 3, 41, 50, requires_grad=True)

    first, second = backbone(image), backbone(image)
    first.c5.square().sum().backward()

    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert image.grad is not None and image.grad.abs().sum() > 0


@pytest.mark.parametrize("name", EVERY)
def test_all_leading_stages_are_the_whole_backbone(name):
    backbone = build(name)
    frozen = {id(value) for module in backbone.leading_stages(4) for value in module.parameters()}

    assert frozen == {id(value) for value in backbone.parameters()}
    assert backbone.leading_stages(0) == []
