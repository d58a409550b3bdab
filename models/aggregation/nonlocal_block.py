"""Non-local block: every position attends to every other.

Wang et al., CVPR 2018; scaled dot product as in the GALD code (arXiv:2107.13154, Fig. 6 c).
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from models.aggregation import AGGREGATIONS
from models.aggregation.base import Aggregation
from models.config import AggregationConfig
from models.stages import Stage


@AGGREGATIONS.register("nonlocal")
class NonLocal(Aggregation):
    """softmax(Q K^T / sqrt(C')) V, 1x1 convolution, BatchNorm, residual.

    The ANN paper compares with another layout, which is ``apnb`` without sampling.

    Args:
        channels: C of input and output.
        config: ``inner`` is C' of query, key and value.

    Shape:
        (B, C, H, W) -> (B, C, H, W)

    Stages:
        ga.query, ga.key: (B, C', H, W) operands; the N x N map is never kept.
        ga.branches: (B, C, H, W), what the attention adds.
    """

    def __init__(self, channels: int, config: AggregationConfig) -> None:
        super().__init__()
        inner = config.inner
        self.query = nn.Conv2d(channels, inner, 1)
        self.key = nn.Conv2d(channels, inner, 1)
        self.value = nn.Conv2d(channels, inner, 1)
        self.out = nn.Sequential(nn.Conv2d(inner, channels, 1, bias=False), nn.BatchNorm2d(channels))
        self.query_stage = Stage("ga.query", kind="operand")
        self.key_stage = Stage("ga.key", kind="operand")
        self.branches_stage = Stage("ga.branches", kind="branches", branches=(("attention", channels),))
        self.out_channels = channels

    def forward(self, features: Tensor) -> Tensor:
        query, key = self.query_stage(self.query(features)), self.key_stage(self.key(features))
        # With a dimension of heads and C' innermost, torch takes a kernel that never forms the N x N map.
        flat = [part.flatten(2).transpose(1, 2)[:, None].contiguous() for part in (query, key, self.value(features))]
        context = F.scaled_dot_product_attention(*flat)
        return features + self.branches_stage(self.out(context[:, 0].transpose(1, 2).reshape_as(query)))
