"""Atrous spatial pyramid pooling.

Chen et al., arXiv:1706.05587, section 3.3; as the GA of GALD, arXiv:2107.13154, Fig. 6 (b).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from models.aggregation import AGGREGATIONS
from models.aggregation.base import Aggregation
from models.config import AggregationConfig
from models.layers import check_batch, conv_bn_relu
from models.stages import Stage


@AGGREGATIONS.register("aspp")
class AtrousPyramid(Aggregation):
    """Image pooling, a 1x1 and one 3x3 per atrous rate, concatenated in this order and fused by a 1x1.

    DeepLabv3 has 256 channels throughout and rates (6, 12, 18) at output stride 16, twice that at 8; GALD fuses to 512.

    Args:
        channels: C of the input.
        config: ``channels`` of the output, ``inner`` per branch, ``rates``, ``image_pooling``, ``dropout``.

    Shape:
        (B, C, H, W) -> (B, config.channels, H, W)

    Stages:
        ga.branches: (B, branches * inner, H, W), what is fused.

    Raises:
        ValueError: if the image pooling's BatchNorm is to learn from one image.
    """

    reduces = True

    def __init__(self, channels: int, config: AggregationConfig) -> None:
        super().__init__()
        inner = config.inner
        self.pool = _image_pooling(channels, inner) if config.image_pooling else None
        self.point = conv_bn_relu(channels, inner, 1)
        self.atrous = nn.ModuleList(conv_bn_relu(channels, inner, 3, dilation=rate) for rate in config.rates)
        names = [*(["image pooling"] if config.image_pooling else []), "1x1", *(f"rate {r}" for r in config.rates)]
        branches = tuple((name, inner) for name in names)
        self.branches_stage = Stage("ga.branches", kind="branches", branches=branches)
        self.fuse = conv_bn_relu(len(branches) * inner, config.channels, 1)
        self.dropout = nn.Dropout2d(config.dropout)
        self.out_channels = config.channels

    def forward(self, features: Tensor) -> Tensor:
        branches = [self.point(features), *(branch(features) for branch in self.atrous)]
        if self.pool is not None:
            check_batch(features, self.pool, "image pooling", "set image_pooling=False")
            # The pooled cell is 1x1, so upsampling it is a broadcast whatever align_corners says.
            branches.insert(0, self.pool(features).expand(-1, -1, *features.shape[-2:]))
        return self.dropout(self.fuse(self.branches_stage(torch.cat(branches, dim=1))))


def rates_at(rates: Sequence[int], stride: int, before: int) -> tuple[int, ...]:
    """Rates that reach as many pixels at output stride ``stride`` as ``rates`` do at ``before``.

    Raises:
        ValueError: if a rate would be a fraction of a cell.
    """
    if any(rate * before % stride for rate in rates):
        raise ValueError(
            f"output_stride is {stride}, where the rates {tuple(rates)} of {before} would be fractions; choose a finer."
        )
    return tuple(rate * before // stride for rate in rates)


def _image_pooling(channels: int, inner: int) -> nn.Sequential:
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), conv_bn_relu(channels, inner, 1))
