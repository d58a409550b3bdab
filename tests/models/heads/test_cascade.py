from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from models.backbones.pyramid import Pyramid
from models.backbones.timm_pyramid import TimmPyramid
from models.backbones.tiny import TinyPyramid
from models.config import BackboneConfig, ModelConfig
from models.heads.cascade import CascadeHead
from models.stages import record

CHANNELS = (2, 3, 4, 8)


def build(stride: int = 16, grid: tuple[int, ...] = (), blocks: int = 3) -> CascadeHead:
    backbone = BackboneConfig("tiny", output_stride=stride, multi_grid=grid)
    head = CascadeHead(CHANNELS, ModelConfig(backbone, "cascade", extra_blocks=blocks, auxiliary=False))
    for layer in head.modules():
        if isinstance(layer, nn.BatchNorm2d):
            for value in (layer.weight, layer.bias, layer.running_mean):
                nn.init.normal_(value)
    return head.eval().double()


def pyramid(batch: int, height: int, width: int) -> Pyramid:
    return Pyramid(*(torch.randn(batch, c, height, width, dtype=torch.float64) for c in CHANNELS))


def unit(state: dict[str, Tensor], name: str, value: Tensor, rate: int, stride: int) -> Tensor:
    """A bottleneck of ResNet v1 by its tensors: 1x1, 3x3, 1x1, the shortcut subsampled where the unit strides."""
    inner = value
    for step, padding in ((1, 0), (2, rate), (3, 0)):
        weight = state[f"{name}.conv{step}.weight"]
        pace = stride if step == 2 else 1
        inner = F.conv2d(inner, weight, stride=pace, padding=padding, dilation=rate)
        mean, variance, weight, bias = (
            state[f"{name}.bn{step}.{key}"] for key in ("running_mean", "running_var", "weight", "bias")
        )
        inner = F.batch_norm(inner, mean, variance, weight, bias)
        inner = inner.relu() if step < 3 else inner
    return (inner + value[..., ::stride, ::stride]).relu()


@pytest.mark.parametrize(
    ("stride", "grid", "expected"),
    [
        # Fig. 3 (b): rates 4, 8, 16 of block5 to block7 at output stride 16.
        (16, (), [(4, 4, 4), (8, 8, 8), (16, 16, 16)]),
        (16, (1, 2, 1), [(4, 8, 4), (8, 16, 8), (16, 32, 16)]),
        (8, (1, 2, 4), [(8, 16, 32), (16, 32, 64), (32, 64, 128)]),
        (64, (2, 2, 2), [(2, 2, 2), (4, 4, 4), (8, 8, 8)]),
        (256, (), [(1, 1, 1), (1, 1, 1), (1, 1, 1)]),
    ],
)
def test_rates_double_with_every_halving_that_is_left_out_times_the_grid(stride, grid, expected):
    layers = [m for m in build(stride, grid).modules() if isinstance(m, nn.Conv2d) and m.kernel_size == (3, 3)]
    found = [layer.dilation[0] for layer in layers]

    assert [tuple(found[i : i + 3]) for i in (0, 3, 6)] == expected
    assert all(layer.padding == layer.dilation and layer.stride == (1, 1) for layer in layers)


@pytest.mark.parametrize("batch", [1, 2])
@settings(max_examples=8)
@given(stride=st.sampled_from([8, 16, 32, 64, 128, 256]), height=st.integers(1, 20), width=st.integers(1, 20))
def test_it_equals_blocks_that_end_with_their_stride(batch, stride, height, width):
    grid = (1, 2, 1)
    head, levels = build(stride, grid), pyramid(batch, height, width)
    state = head.state_dict()

    # Block 4 of the paper's ResNet ends with a stride, as the blocks behind it but for the last.
    value = levels.c5[..., ::2, ::2] if stride >= 64 else levels.c5
    for block in range(3):
        natural = 64 << block
        rate = max(natural // stride, 1)
        leaves = 2 if block < 2 and 2 * natural <= stride else 1
        for index in range(3):
            pace = leaves if index == 2 else 1
            value = unit(state, f"blocks.{block}.{index + 1}", value, rate * grid[index], pace)

    with torch.no_grad():
        torch.testing.assert_close(head(levels).features, value)


@pytest.mark.parametrize(("stride", "sizes"), [(32, [(9, 14)] * 3), (128, [(5, 7), (3, 4), (3, 4)])])
def test_every_block_is_a_stage(stride, sizes):
    head, levels = build(stride), pyramid(1, 9, 14)
    with record(head) as seen:
        output = head(levels)

    assert list(seen) == ["fcn.features", "cascade.block5", "cascade.block6", "ga.context"]
    assert [tuple(value.shape[-2:]) for value in list(seen.values())[1:]] == sizes
    assert torch.equal(seen["fcn.features"], levels.c5)
    assert torch.equal(seen["ga.context"], output.stage_features["ga"])
    assert head.stage_channels == {"fcn": 8, "ga": 8}


def test_block4_alone_is_c5_as_it_is():
    head, levels = build(blocks=0), pyramid(1, 4, 5)

    assert torch.equal(head(levels).features, levels.c5)
    assert (head.stage_channels, head(levels).stage_features) == ({}, {})
    assert not head.state_dict()


def test_blocks_start_as_copies_of_the_last_block_of_the_backbone():
    torch.manual_seed(1)
    backbone = TimmPyramid(BackboneConfig("resnet50", output_stride=16))
    for value in backbone.body.layer4.state_dict().values():
        nn.init.normal_(value) if value.is_floating_point() else None
    config = ModelConfig(replace(BackboneConfig("resnet50"), output_stride=16), "cascade", extra_blocks=2)
    head = CascadeHead(backbone.channels, config)

    assert head.begin(backbone) == "; further blocks copied from its last"
    for block in head.blocks:
        for number, source in ((1, 1), (2, 1), (3, 2)):
            mine, theirs = block[number].state_dict(), backbone.body.layer4[source].state_dict()
            assert mine.keys() == theirs.keys()
            assert all(torch.equal(mine[key], value) for key, value in theirs.items())


@pytest.mark.parametrize("blocks", [0, 3])
def test_blocks_behind_another_kind_of_backbone_stay_as_they_are(blocks):
    backbone = TinyPyramid(BackboneConfig("tiny", output_stride=16))
    config = ModelConfig(BackboneConfig("tiny", output_stride=16), "cascade", extra_blocks=blocks)
    head = CascadeHead(backbone.channels, config)
    before = {key: value.clone() for key, value in head.state_dict().items()}

    assert head.begin(backbone) == ""
    assert all(torch.equal(head.state_dict()[key], value) for key, value in before.items())
