"""Pyramid scene parsing: context from averages over coarse grids.

Zhao et al., CVPR 2017; as the GA of GALD, arXiv:2107.13154, Fig. 6 (a).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.aggregation import AGGREGATIONS
from models.aggregation.base import Aggregation
from models.config import AggregationConfig
from models.layers import check_batch, conv_bn, conv_bn_relu, resize
from models.stages import Stage


@AGGREGATIONS.register("psp")
class PyramidPooling(Aggregation):
    """Pool to each bin size, project, upsample, concatenate with the input, 3x3 bottleneck.

    A branch is 1x1 convolution and BatchNorm without ReLU, and upsampling uses align_corners=True, as in the
    authors' code.

    Args:
        channels: C of the input.
        config: ``channels`` of the output, ``inner`` per branch, ``bins``.

    Shape:
        (B, C, H, W) -> (B, config.channels, H, W)

    Stages:
        ga.branches: (B, bins * inner + C, H, W), what the bottleneck reads.

    Raises:
        ValueError: if the BatchNorm behind a bin of 1 is to learn from one image.
    """

    reduces = True

    def __init__(self, channels: int, config: AggregationConfig) -> None:
        super().__init__()
        self.bins = config.bins
        self.branches = nn.ModuleList(conv_bn(channels, config.inner) for _ in config.bins)
        branches = (*((f"bin {cells}", config.inner) for cells in config.bins), ("input", channels))
        self.branches_stage = Stage("ga.branches", kind="branches", branches=branches)
        self.bottleneck = conv_bn_relu(channels + len(config.bins) * config.inner, config.channels, 3)
        self.out_channels = config.channels

    def forward(self, features: Tensor) -> Tensor:
        size = (features.shape[-2], features.shape[-1])
        if 1 in self.bins:
            check_batch(features, self.branches, "the bin of 1x1", "leave 1 out of bins")
        pooled = [
            resize(branch(F.adaptive_avg_pool2d(features, cells)), size, align_corners=True)
            for cells, branch in zip(self.bins, self.branches, strict=True)
        ]
        return self.bottleneck(self.branches_stage(torch.cat([*pooled, features], dim=1)))
