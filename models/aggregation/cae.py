"""Context-augmented encoder (CAE): HFGD's encoder of the coarsest level.

Huang et al., HFGD, arXiv:2303.08646, section 3.2. There is no public code; the trailing convolution is a 3x3 because
that meets the paper's MACs best.
"""

from __future__ import annotations

from torch import Tensor, nn

from models.aggregation import AGGREGATIONS
from models.aggregation.attention import FullAttention
from models.aggregation.base import Aggregation
from models.config import AggregationConfig
from models.layers import conv_bn_relu


@AGGREGATIONS.register("cae")
class ContextAugmentedEncoder(Aggregation):
    """A wide 1x1, a narrow 1x1, full self-attention with CAR, a trailing 3x3.

    Args:
        channels: C of the input.
        config: ``attention`` with the widths, and ``channels`` of the output.

    Shape:
        (B, C, H, W) -> (B, config.channels, H, W)

    Stages:
        those of FullAttention with CAR.
    """

    reduces = True

    def __init__(self, channels: int, config: AggregationConfig) -> None:
        super().__init__()
        sizes = config.attention
        self.enter = nn.Sequential(conv_bn_relu(channels, sizes.wide, 1), conv_bn_relu(sizes.wide, sizes.width, 1))
        self.attention = FullAttention(sizes)
        self.leave = conv_bn_relu(sizes.width, config.channels, 3)
        self.out_channels = config.channels

    def forward(self, features: Tensor) -> Tensor:
        return self.leave(self.attention(self.enter(features)))
