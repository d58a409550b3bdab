"""LDv1: each position decides how much context it takes, by a mask predicted at a coarser stride.

Li et al., BMVC 2019, arXiv:1909.07229, section 3.2; Table II (a) of the TIP version names the three ways to shrink.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.config import DistributionConfig
from models.distribution import DISTRIBUTIONS
from models.distribution.base import Distribution
from models.layers import check_map, halve, resize
from models.stages import Stage


class MaskDistribution(Distribution):
    """Gate the context with a mask: context + context * M (eq. 2).

    Args:
        shrink: context -> coarse map whose upsampled sigmoid is the mask.
        channels: C of the context.
        min_map: smallest side of a map that ``shrink`` can take.
        variant: ``reference`` upsamples with align_corners=True, lets the mask come from behind a ReLU, so M is in
            [0.5, 1), and adds the context once more: (M + 2) * context. ``paper``: M in (0, 1), (M + 1) * context.

    Shape:
        context: (B, C, H, W) -> (B, C, H, W)

    Stages:
        ld.mask: (B, C, H, W).

    Raises:
        ValueError: in forward, for a map below min_map.
    """

    def __init__(self, shrink: nn.Module, channels: int, min_map: int, variant: str) -> None:
        super().__init__()
        self.shrink = shrink
        self.min_map = min_map
        self.out_channels = channels
        self.reference = variant == "reference"
        self.mask_stage = Stage("ld.mask", kind="mask", variant=variant)

    def forward(self, context: Tensor, local: Tensor) -> Tensor:
        check_map(context, self.min_map, "this LD")
        size = (context.shape[-2], context.shape[-1])
        coarse = resize(self.shrink(context), size, align_corners=self.reference)
        mask = self.mask_stage(torch.sigmoid(coarse))
        # The residual keeps gradients flowing where the mask closes early in training.
        gated = context + context * mask
        return gated + context if self.reference else gated


@DISTRIBUTIONS.register("depthwise")
def depthwise_mask(channels: int, local_channels: int, config: DistributionConfig, variant: str) -> MaskDistribution:
    """Shrink by depthwise 3x3 convolutions of stride 2 without padding: the winner of Table II (a).

    Args:
        channels: C of the context.
        local_channels: of the feature beside it, which this mask does not see.
        config: ``depth``, the halvings before the mask.
        variant: ``reference`` or ``paper``, as MaskDistribution says.
    """
    blocks = [halve(channels) for _ in range(config.depth)]
    if variant == "paper":
        # Without the last ReLU the sigmoid can close below one half.
        blocks[-1] = blocks[-1][:2]
    return MaskDistribution(nn.Sequential(*blocks), channels, 2 ** (config.depth + 1) - 1, variant)


@DISTRIBUTIONS.register("average")
def average_mask(channels: int, local_channels: int, config: DistributionConfig, variant: str) -> MaskDistribution:
    """Shrink by average pooling over cells of 2**depth; nothing is learned.

    Args:
        channels: C of the context.
        local_channels: of the feature beside it, which this mask does not see.
        config: ``depth``, the halvings before the mask.
        variant: ``reference`` or ``paper``, as MaskDistribution says.
    """
    factor = 2**config.depth
    return MaskDistribution(_behind_relu(nn.AvgPool2d(factor), variant), channels, factor, variant)


@DISTRIBUTIONS.register("bilinear")
def bilinear_mask(channels: int, local_channels: int, config: DistributionConfig, variant: str) -> MaskDistribution:
    """Shrink by bilinear sampling to 1 / 2**depth of the size; nothing is learned.

    Args:
        channels: C of the context.
        local_channels: of the feature beside it, which this mask does not see.
        config: ``depth``, the halvings before the mask.
        variant: ``reference`` or ``paper``, as MaskDistribution says.
    """
    factor = 2**config.depth
    return MaskDistribution(_behind_relu(_Subsample(factor, variant), variant), channels, factor, variant)


class _Subsample(nn.Module):
    def __init__(self, factor: int, variant: str) -> None:
        super().__init__()
        self.factor = factor
        self.align_corners = variant == "reference"

    def forward(self, context: Tensor) -> Tensor:
        height, width = context.shape[-2:]
        return resize(context, (height // self.factor, width // self.factor), self.align_corners)


def _behind_relu(shrink: nn.Module, variant: str) -> nn.Module:
    # The published code puts a ReLU before the sigmoid, whatever the way to shrink.
    return nn.Sequential(shrink, nn.ReLU()) if variant == "reference" else shrink
