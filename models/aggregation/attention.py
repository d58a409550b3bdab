"""Self-attention as an encoder, with or without class-aware regularisation (CAR).

Huang et al., HFGD (High-level Feature Guided Decoding), Table 1; the layers are those of the same authors' CAR
(ECCV 2022, arXiv:2203.07160).
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from models.aggregation import AGGREGATIONS
from models.aggregation.base import Aggregation
from models.config import AggregationConfig, AttentionConfig
from models.layers import conv_bn_relu
from models.stages import Stage


class FullAttention(nn.Module):
    """x + softmax(Q K^T) V without scale, then with CAR a biased 1x1 whose output is regularised.

    Args:
        config: ``width`` of x and V, ``key`` of Q and K, ``car``.

    Shape:
        (B, width, H, W) -> (B, width, H, W)

    Stages:
        ga.query, ga.key: (B, key, H, W) operands; the N x N map is never formed.
        ga.branches: (B, width, H, W), what the attention adds.
        car.features: (B, width, H, W) with CAR, supervised.
    """

    def __init__(self, config: AttentionConfig) -> None:
        super().__init__()
        self.groups = config.width // config.key
        self.query = nn.Conv2d(config.width, config.key, 1)
        self.key = nn.Conv2d(config.width, config.key, 1)
        self.value = nn.Conv2d(config.width, config.width, 1)
        self.query_stage = Stage("ga.query", kind="operand")
        self.key_stage = Stage("ga.key", kind="operand")
        self.branches_stage = Stage("ga.branches", kind="branches", branches=(("attention", config.width),))
        self.regularised = _regularised(config.width) if config.car else nn.Identity()

    def forward(self, features: Tensor) -> Tensor:
        query, key = self.query_stage(self.query(features)), self.key_stage(self.key(features))
        # The kernel without an N x N map wants values as wide as keys: V goes in groups, all with the same Q and K.
        queries, keys = (_rows(part, 1).expand(-1, self.groups, -1, -1) for part in (query, key))
        values = _rows(self.value(features), self.groups)
        context = F.scaled_dot_product_attention(queries, keys, values, scale=1.0)
        added = self.branches_stage(context.transpose(2, 3).reshape_as(features))
        return self.regularised(features + added)


@AGGREGATIONS.register("attention")
class AttentionEncoder(Aggregation):
    """3x3, attention, then a 3x3, or with CAR the regularised 1x1 and another 1x1.

    Args:
        channels: C of the input.
        config: ``attention``, and ``channels`` of the output.

    Shape:
        (B, C, H, W) -> (B, config.channels, H, W)

    Stages:
        those of FullAttention.
    """

    reduces = True

    def __init__(self, channels: int, config: AggregationConfig) -> None:
        super().__init__()
        width = config.attention.width
        self.enter = conv_bn_relu(channels, width, 3)
        self.attention = FullAttention(config.attention)
        self.leave = conv_bn_relu(width, config.channels, 1 if config.attention.car else 3)
        self.out_channels = config.channels

    def forward(self, features: Tensor) -> Tensor:
        return self.leave(self.attention(self.enter(features)))


def _regularised(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(width, width, 1), Stage("car.features", kind="features", loss="car"))


def _rows(part: Tensor, groups: int) -> Tensor:
    """(B, C, H, W) -> (B, groups, N, C / groups) with the channels innermost in memory."""
    return part.flatten(2).unflatten(1, (groups, -1)).transpose(2, 3).contiguous()
