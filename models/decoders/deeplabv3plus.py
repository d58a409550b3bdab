"""DeepLabv3+: the context upsampled once, beside a thin projection of c2.

Chen et al., ECCV 2018, arXiv:1802.02611; in Table 8 of HFGD.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from models.backbones.pyramid import Pyramid
from models.config import ModelConfig
from models.decoders import DECODERS
from models.decoders.upsampling import UpsamplingDecoder, size_of
from models.layers import conv_bn_relu, resize

_LOW_LEVEL = 48


@DECODERS.register("deeplabv3plus")
class DeepLabV3Plus(UpsamplingDecoder):
    """1x1 of c2 to 48 channels, concatenated with the upsampled context, two 3x3 convolutions.

    The context is meant to be ASPP's; the paper's decoder for ResNets has plain convolutions, as here.

    Shape:
        features: (B, C, h, w) and pyramid -> (B, K, H, W) at stride 4
    """

    def __init__(self, channels: int, num_classes: int, config: ModelConfig, levels: Sequence[int]) -> None:
        super().__init__(channels, num_classes, config, levels)
        width = config.upsampling.channels
        self.low_level = conv_bn_relu(levels[0], _LOW_LEVEL, 1)
        self.refine = nn.Sequential(conv_bn_relu(channels + _LOW_LEVEL, width, 3), conv_bn_relu(width, width, 3))

    def upsample(self, features: Tensor, pyramid: Pyramid) -> Tensor:
        low_level = self.low_level(pyramid.c2)
        return self.refine(torch.cat([resize(features, size_of(low_level)), low_level], dim=1))
