"""UperNet: a top-down pyramid below pyramid pooling, all levels fused at the finest.

Xiao et al., ECCV 2018, arXiv:1807.10221; in Table 8 of HFGD.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from models.backbones.pyramid import Pyramid
from models.config import ModelConfig
from models.decoders import DECODERS
from models.decoders.semantic_fpn import TopDown
from models.decoders.upsampling import UpsamplingDecoder, size_of
from models.layers import conv_bn_relu, resize


@DECODERS.register("upernet")
class UperNet(UpsamplingDecoder):
    """1x1 laterals, top-down sums, a 3x3 on each but the coarsest, all resized to c2 and fused by a 3x3.

    Pyramid pooling is the head's: aggregation ``psp``. Its output enters as it is when it has the decoder's width.

    Shape:
        features: (B, C, h, w) and pyramid -> (B, K, H, W) at stride 4
    """

    def __init__(self, channels: int, num_classes: int, config: ModelConfig, levels: Sequence[int]) -> None:
        super().__init__(channels, num_classes, config, levels)
        width = config.upsampling.channels
        self.pyramid = TopDown((*levels[:-1], channels), width, kernel=1)
        if channels == width:
            self.pyramid.laterals[-1] = nn.Identity()
        self.smooth = nn.ModuleList(conv_bn_relu(width, width, 3) for _ in levels[:-1])
        self.fuse = conv_bn_relu(len(levels) * width, width, 3)

    def upsample(self, features: Tensor, pyramid: Pyramid) -> Tensor:
        *finer, coarsest = self.pyramid([*pyramid[:-1], features])
        smoothed = [layer(level) for layer, level in zip(self.smooth, finer, strict=True)]
        size = size_of(smoothed[0])
        return self.fuse(torch.cat([resize(level, size) for level in [*smoothed, coarsest]], dim=1))
