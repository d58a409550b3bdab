"""No global aggregation: the FCN feature is the context.

The baseline, and LD alone, in Table I of Li et al., arXiv:2107.13154.
"""

from __future__ import annotations

from torch import Tensor

from models.aggregation import AGGREGATIONS
from models.aggregation.base import Aggregation
from models.config import AggregationConfig


@AGGREGATIONS.register("none")
class NoAggregation(Aggregation):
    """Return the features as they are.

    Shape:
        (B, C, H, W) -> (B, C, H, W)
    """

    def __init__(self, channels: int, config: AggregationConfig) -> None:
        super().__init__()
        self.out_channels = channels

    def forward(self, features: Tensor) -> Tensor:
        return features
