import torch
import torch.nn.functional as F
from torch import nn

from models.backbones.pyramid import Pyramid
from models.config import ModelConfig, UpsamplingConfig
from models.decoders.upernet import UperNet

LEVELS = (8, 8, 8, 8)


def build(channels: int = 8) -> UperNet:
    config = ModelConfig(decoder="upernet", upsampling=UpsamplingConfig(channels=8))
    return UperNet(channels, 3, config, LEVELS).eval()


def test_constant_levels_reach_the_fusion_as_sums_from_above():
    decoder = build()
    for layer in decoder.modules():
        if isinstance(layer, nn.Conv2d) and layer is not decoder.classifier and layer.in_channels == 8:
            nn.init.dirac_(layer.weight)
        if isinstance(layer, nn.BatchNorm2d):
            layer.eps = 0.0
    fused: list[torch.Tensor] = []
    decoder.fuse = nn.Sequential(Keep(fused), decoder.fuse)
    pyramid = Pyramid(*(torch.full((1, 8, 16 >> i, 24 >> i), 1.0 + i) for i in range(4)))

    with torch.no_grad():
        fine = decoder.upsample(pyramid.c5, pyramid)

    expected = torch.tensor([10.0, 9.0, 7.0, 4.0]).repeat_interleave(8)[None, :, None, None]
    torch.testing.assert_close(fused[0], expected.expand(1, 32, 16, 24))
    assert fine.shape == (1, 8, 16, 24)


class Keep(nn.Module):
    def __init__(self, kept: list[torch.Tensor]) -> None:
        super().__init__()
        self.kept = kept

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        self.kept.append(value)
        return value


def test_a_pooled_context_of_the_decoders_width_enters_as_it_is_another_by_a_1x1():
    context = torch.randn(1, 8, 4, 5)

    assert torch.equal(build().pyramid.laterals[-1](context), context)
    assert build(channels=12).pyramid.laterals[-1][0].weight.shape == (8, 12, 1, 1)


def test_the_coarsest_level_skips_the_3x3():
    decoder = build()
    pyramid = Pyramid(*(torch.randn(1, 8, 16 >> i, 24 >> i) for i in range(4)))
    with torch.no_grad():
        p2, p3, p4, p5 = decoder.pyramid([*pyramid])
        parts = [decoder.smooth[0](p2), decoder.smooth[1](p3), decoder.smooth[2](p4), p5]
        resized = [F.interpolate(part, (16, 24), mode="bilinear", align_corners=False) for part in parts]

        torch.testing.assert_close(decoder.upsample(pyramid.c5, pyramid), decoder.fuse(torch.cat(resized, dim=1)))
