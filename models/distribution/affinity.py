"""LDv2: each position gathers context from its neighbours, by affinities of local and global features.

Li et al., "Global Aggregation then Local Distribution for Scene Parsing", TIP 2021, eq. 6-8, Table II (b, c).
There is no public code; the layout of the projections is ours, the one found that has the paper's "+2.3 M".
"""

from __future__ import annotations

from dataclasses import asdict

import torch
from torch import Tensor, nn

from models.config import DistributionConfig
from models.distribution import DISTRIBUTIONS
from models.distribution.base import Distribution
from models.distribution.local_attention import local_attention
from models.distribution.window import Window
from models.stages import Stage


@DISTRIBUTIONS.register("affinity")
class AffinityDistribution(Distribution):
    """Softmax attention over k*k dilated samples of concat(X_g, X_l), projected to the width of X_l.

    No projection has a bias, so zero padding before or after them is the same. Both variants compute the
    printed equations, as no published code differs from them.

    Args:
        channels: C of the context X_g; 0 where no GA came before, then X_l is the only input.
        local_channels: C of the backbone feature X_l.
        config: window, C', inputs of query and key, and whether to divide the scores by sqrt(C').
        variant: ``reference`` or ``paper``, the same here.

    Shape:
        context: (B, C, H, W); local: (B, C_local, H, W) -> (B, C_local, H, W)

    Stages:
        ld.query, ld.key: (B, C', H, W), the operands of the scores.
        ld.affinity: (B, k*k, H, W), row-major samples, sums to 1 over dim 1.

    Raises:
        ValueError: in forward, if context and local differ in size.
    """

    needs_context = False

    def __init__(self, channels: int, local_channels: int, config: DistributionConfig, variant: str) -> None:
        super().__init__()
        if channels == 0 and "context" in (config.query_from, config.key_from):
            raise ValueError("query_from and key_from must be 'both' where no GA gives a context; got 'context'.")
        both, inner = channels + local_channels, config.channels
        self.out_channels = local_channels
        self.window = Window(config.kernel, config.dilation, config.border)
        self.query_from, self.key_from = config.query_from, config.key_from
        self.scale = inner**-0.5 if config.scale else 1.0
        self.query = nn.Conv2d(both if config.query_from == "both" else channels, inner, 1, bias=False)
        self.key = nn.Conv2d(both if config.key_from == "both" else channels, inner, 1, bias=False)
        self.value = nn.Conv2d(both, inner, 1, bias=False)
        self.project = nn.Conv2d(inner, local_channels, 1, bias=False)
        self.query_stage = Stage("ld.query", kind="operand")
        self.key_stage = Stage("ld.key", kind="operand")
        self.affinity_stage = Stage("ld.affinity", kind="affinity", **asdict(self.window))

    def forward(self, context: Tensor, local: Tensor) -> Tensor:
        if context.shape[-2:] != local.shape[-2:]:
            raise ValueError(
                f"context is {tuple(context.shape[-2:])}, local is {tuple(local.shape[-2:])}; "
                "resize the context to the size of the local feature first."
            )
        both = torch.cat([context, local], dim=1)
        query = self.query_stage(self.query(both if self.query_from == "both" else context))
        key = self.key_stage(self.key(both if self.key_from == "both" else context))
        out = local_attention(query, key, self.value(both), self.window, scale=self.scale, stage=self.affinity_stage)
        return self.project(out)
