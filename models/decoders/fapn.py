"""FaPN: a top-down pyramid that selects channels of the finer level and aligns the coarser one with it.

Huang et al., ICCV 2021, arXiv:2108.07058; in Table 8 of HFGD.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torchvision.ops import DeformConv2d

from models.backbones.pyramid import Pyramid
from models.config import ModelConfig
from models.decoders import DECODERS
from models.decoders.semantic_fpn import SemanticBranches
from models.decoders.upsampling import UpsamplingDecoder, size_of
from models.layers import conv_bn, conv_bn_relu, resize

_OFFSET_GROUPS = 8
_TAPS = 9


class FeatureSelection(nn.Module):
    """x + x * sigmoid(1x1 of the mean of x), then a 1x1 and BatchNorm to the pyramid's width.

    Shape:
        (B, C, H, W) -> (B, C', H, W)
    """

    def __init__(self, inputs: int, channels: int) -> None:
        super().__init__()
        self.weigh = nn.Conv2d(inputs, inputs, 1, bias=False)
        self.reduce = conv_bn(inputs, channels)

    def forward(self, features: Tensor) -> Tensor:
        importance = torch.sigmoid(self.weigh(features.mean(dim=(2, 3), keepdim=True)))
        return self.reduce(features + features * importance)


class FeatureAlignment(nn.Module):
    """Upsample the coarser level and move it, by a deformable convolution, to where the finer one says.

    Args:
        channels: C of both, a multiple of 8.

    Shape:
        fine (B, C, H, W), coarse (B, C, h, w) -> (B, C, H, W)

    Raises:
        ValueError: if the groups of offsets do not divide the channels.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        if channels % _OFFSET_GROUPS:
            raise ValueError(f"upsampling.channels is {channels}; fapn needs a multiple of {_OFFSET_GROUPS}.")
        self.compare = nn.Conv2d(2 * channels, channels, 1, bias=False)
        self.offset = nn.Conv2d(channels, 3 * _TAPS * _OFFSET_GROUPS, 3, padding=1)
        # Training starts where nothing is moved.
        nn.init.zeros_(self.offset.weight)
        nn.init.zeros_(self.offset.get_parameter("bias"))
        self.align = DeformConv2d(channels, channels, 3, padding=1)

    def forward(self, fine: Tensor, coarse: Tensor) -> Tensor:
        upsampled = resize(coarse, size_of(fine))
        moves = self.offset(self.compare(torch.cat([fine, 2 * upsampled], dim=1)))
        offset, mask = moves.split([2 * _TAPS * _OFFSET_GROUPS, _TAPS * _OFFSET_GROUPS], dim=1)
        return fine + self.align(upsampled, offset, torch.sigmoid(mask)).relu()


@DECODERS.register("fapn")
class FeatureAlignedPyramid(UpsamplingDecoder):
    """Feature selection for laterals, aligned top-down sums, and SemanticFPN's branches.

    Shape:
        features: (B, C, h, w) and pyramid -> (B, K, H, W) at stride 4
    """

    def __init__(self, channels: int, num_classes: int, config: ModelConfig, levels: Sequence[int]) -> None:
        super().__init__(channels, num_classes, config, levels)
        width = config.upsampling.channels
        self.coarsest = conv_bn_relu(channels, width, 1)
        self.select = nn.ModuleList(FeatureSelection(inputs, width) for inputs in levels[:-1])
        self.align = nn.ModuleList(FeatureAlignment(width) for _ in levels[:-1])
        self.branches = SemanticBranches(len(levels), width)

    def upsample(self, features: Tensor, pyramid: Pyramid) -> Tensor:
        aligned = [self.coarsest(features)]
        finer = zip(pyramid[:-1], self.select, self.align, strict=True)
        for level, select, align in reversed(list(finer)):
            aligned.insert(0, align(select(level), aligned[0]))
        return self.branches(aligned)
