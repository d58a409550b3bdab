"""Run a global aggregation on a map of half the size, as the published GALDv1 code does.

Li et al., BMVC 2019, arXiv:1909.07229, section 3.2.
"""

from __future__ import annotations

from torch import Tensor

from models.aggregation import AGGREGATIONS
from models.aggregation.base import Aggregation
from models.config import AggregationConfig
from models.layers import check_map, halve, resize


def build_aggregation(channels: int, config: AggregationConfig) -> Aggregation:
    """The registered aggregation on C channels, on a map of half the size when the configuration says so."""
    aggregation = AGGREGATIONS.get(config.name)(channels, config)
    return HalfSize(channels, aggregation) if config.half_size else aggregation


class HalfSize(Aggregation):
    """Learned depthwise stride-2 convolution, GA, bilinear upsampling (align_corners=True) back.

    Shape:
        (B, C, H, W) -> (B, C', H, W), H and W at least 3

    Raises:
        ValueError: for a smaller map.
    """

    min_map = 3

    def __init__(self, channels: int, aggregation: Aggregation) -> None:
        super().__init__()
        self.shrink = halve(channels)
        self.aggregation = aggregation
        self.out_channels = aggregation.out_channels

    def forward(self, features: Tensor) -> Tensor:
        check_map(features, self.min_map, "a GA at half the size")
        size = (features.shape[-2], features.shape[-1])
        return resize(self.aggregation(self.shrink(features)), size, align_corners=True)
