"""Asymmetric pyramid non-local block (APNB): every position attends to a few sampled anchors.

Zhu et al., ICCV 2019, arXiv:1908.07678, section 3.2, Tables 1 and 7.
"""

from __future__ import annotations

from torch import Tensor

from models.aggregation import AGGREGATIONS
from models.aggregation.asymmetric import AnchorAttention, Join
from models.aggregation.base import Aggregation
from models.config import AggregationConfig
from models.stages import Stage

_KEY_SHARES = {"reference": "query", "paper": "value"}


@AGGREGATIONS.register("apnb")
class AsymmetricPyramidNonLocal(Aggregation):
    """Attention to the anchors of the same map, joined with it; without sampling the paper's non-local block (NB).

    Args:
        channels: C of the input.
        config: ``inner`` is C' of query, key and value; ``dropout``, ``asymmetric``.

    Shape:
        (B, C, H, W) -> (B, C, H, W), or (B, 2 C, H, W) for ``concat`` in the variant ``paper``

    Stages:
        ga.query, ga.key: (B, C', H, W); the same values in the variant ``reference``. ga.anchors: (B, C', S).
        ga.branches: (B, C, H, W), the context before it is joined.
    """

    def __init__(self, channels: int, config: AggregationConfig) -> None:
        super().__init__()
        shares = _KEY_SHARES[config.asymmetric.variant]
        self.attention = AnchorAttention((channels, channels), config.inner, config.asymmetric, shares, "ga")
        self.join = Join(channels, config.asymmetric, relu=True, dropout=config.dropout)
        self.branches_stage = Stage("ga.branches", kind="branches", branches=(("attention", channels),))
        self.out_channels = self.join.out_channels

    def forward(self, features: Tensor) -> Tensor:
        return self.join(self.branches_stage(self.attention(features, features)), features)
