import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from models.backbones.pyramid import Pyramid
from models.config import ModelConfig, UpsamplingConfig
from models.decoders import DECODERS
from models.decoders.semantic_fpn import SemanticFpn, TopDown

CHANNELS = 8


def build(name: str, stride: int = 4, levels: tuple[int, ...] = (CHANNELS,) * 4) -> SemanticFpn:
    options = UpsamplingConfig(channels=CHANNELS, stride=stride)
    return DECODERS.get(name)(levels[-1], 3, ModelConfig(decoder=name, upsampling=options), levels).eval()


def pass_on(module: nn.Module) -> None:
    """Let every convolution return its input, and every BatchNorm too."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.dirac_(layer.weight)
        if isinstance(layer, nn.BatchNorm2d):
            layer.eps = 0.0


def pyramid(height: int = 16, width: int = 12) -> Pyramid:
    """Level i is i + 1 everywhere, at strides 1, 2, 4, 8 of the finest."""
    return Pyramid(*(torch.full((2, CHANNELS, height >> i, width >> i), 1.0 + i) for i in range(4)))


@pytest.mark.parametrize(("name", "stride"), [("semantic_fpn", 4), ("u_sfpn", 4), ("u_sfpn", 2)])
def test_a_level_counts_once_for_itself_and_once_for_every_finer_one(name, stride):
    decoder, levels = build(name, stride), pyramid()
    pass_on(decoder.pyramid)
    pass_on(decoder.branches)

    with torch.no_grad():
        fine = decoder.upsample(levels.c5, levels)

    # Top-down: 1+2+3+4, 2+3+4, 3+4, 4; the branches add them up.
    assert fine.shape == (2, CHANNELS, 64 // stride, 48 // stride)
    torch.testing.assert_close(fine, torch.full_like(fine, 10.0 + 9 + 7 + 4))


@pytest.mark.parametrize(
    ("name", "stride", "kernel", "depths"),
    [("semantic_fpn", 4, 1, [1, 1, 2, 3]), ("u_sfpn", 4, 3, [1, 1, 2, 3]), ("u_sfpn", 2, 3, [2, 2, 3, 4])],
)
def test_laterals_and_branches_are_the_papers(name, stride, kernel, depths):
    decoder = build(name, stride, levels=(4, 6, 8, 12))

    assert [lateral[0].kernel_size for lateral in decoder.pyramid.laterals] == [(kernel, kernel)] * 4
    assert [lateral[0].in_channels for lateral in decoder.pyramid.laterals] == [4, 6, 8, 12]
    assert [len(branch) for branch in decoder.branches.branches] == depths
    assert decoder.branches.fuse[0].kernel_size == (1, 1)


def test_the_context_stands_in_the_place_of_c5():
    decoder, levels = build("semantic_fpn"), pyramid()
    other = levels._replace(c5=torch.full_like(levels.c5, 9.0))

    assert torch.equal(decoder.upsample(levels.c5, levels), decoder.upsample(levels.c5, other))
    assert not torch.equal(decoder.upsample(levels.c5, levels), decoder.upsample(other.c5, levels))


@settings(max_examples=8)
@given(height=st.integers(9, 40), width=st.integers(9, 40), stride=st.sampled_from([4, 2]))
def test_odd_maps_keep_the_size_of_the_finest_level_or_twice_it(height, width, stride):
    sizes = [(-(-height // 2**i), -(-width // 2**i)) for i in range(4)]
    levels = Pyramid(*(torch.randn(1, CHANNELS, *size) for size in sizes))

    with torch.no_grad():
        logits = build("u_sfpn", stride)(levels.c5, levels)

    assert logits.shape == (1, 3, height * 4 // stride, width * 4 // stride)


def test_the_way_down_is_bilinear():
    top_down = TopDown((1, 1), 1, kernel=1).eval()
    pass_on(top_down)
    coarse = torch.tensor([[[[0.0, 4.0]]]])

    with torch.no_grad():
        fine, _ = top_down([torch.zeros(1, 1, 2, 4), coarse])

    # Centres of four cells in two: a quarter cell beyond the outer ones, and at a quarter and three between.
    torch.testing.assert_close(fine[0, 0], torch.tensor([[0.0, 1.0, 3.0, 4.0]] * 2))
