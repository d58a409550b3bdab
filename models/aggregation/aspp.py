"""Atrous spatial pyramid pooling.

Chen et al., arXiv:1706.05587, section 3.3; as the GA of GALD, arXiv:2107.13154, Fig. 6 (b).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.aggregation import AGGREGATIONS
from models.aggregation.base import Aggregation
from models.config import AggregationConfig
from models.layers import conv_bn_relu


@AGGREGATIONS.register("aspp")
class AtrousPyramid(Aggregation):
    """Image pooling, a 1x1 and one 3x3 per atrous rate, concatenated in this order and fused by a 1x1.

    Args:
        channels: C of the input.
        config: ``channels`` of the output, ``inner`` per branch, ``rates``, ``dropout``.

    Shape:
        (B, C, H, W) -> (B, config.channels, H, W)
    """

    reduces = True

    def __init__(self, channels: int, config: AggregationConfig) -> None:
        super().__init__()
        inner = config.inner
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), conv_bn_relu(channels, inner, 1))
        self.point = conv_bn_relu(channels, inner, 1)
        self.atrous = nn.ModuleList(conv_bn_relu(channels, inner, 3, dilation=rate) for rate in config.rates)
        self.fuse = conv_bn_relu((2 + len(config.rates)) * inner, config.channels, 1)
        self.dropout = nn.Dropout2d(config.dropout)
        self.out_channels = config.channels

    def forward(self, features: Tensor) -> Tensor:
        # The pooled cell is 1x1, so upsampling it is a broadcast whatever align_corners says.
        pooled = self.pool(features).expand(-1, -1, *features.shape[-2:])
        branches = [pooled, self.point(features), *(branch(features) for branch in self.atrous)]
        return self.dropout(self.fuse(torch.cat(branches, dim=1)))
