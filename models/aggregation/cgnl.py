"""Compact generalised non-local block (CGNL): one scalar per sample and group, no N x N map.

Yue et al., NeurIPS 2018; the default GA of GALDv1 (arXiv:2107.13154, Fig. 6 d).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.aggregation import AGGREGATIONS
from models.aggregation.base import Aggregation
from models.config import AggregationConfig
from models.stages import Stage


@AGGREGATIONS.register("cgnl")
class CompactNonLocal(Aggregation):
    """a = <phi, g> over all channels and positions of a group; a * theta, grouped 1x1, GroupNorm, residual.

    Args:
        channels: C of input and output; C / 2 must be a multiple of the groups.
        config: ``groups``, and ``scale`` to divide by sqrt(c * h * w), c = channels of a group.

    Shape:
        (B, C, H, W) -> (B, C, H, W)

    Stages:
        ga.query (theta), ga.key (phi): (B, C / 2, H, W) operands. ga.branches: (B, C, H, W), what the groups add.

    Raises:
        ValueError: if the groups do not divide C / 2.
    """

    def __init__(self, channels: int, config: AggregationConfig) -> None:
        super().__init__()
        inner = channels // 2
        if channels % 2 or inner % config.groups:
            raise ValueError(
                f"CGNL has {channels} channels and {config.groups} groups; channels / 2 must be a multiple of groups."
            )
        self.groups, self.scale = config.groups, config.scale
        self.theta = nn.Conv2d(channels, inner, 1, bias=False)
        self.phi = nn.Conv2d(channels, inner, 1, bias=False)
        self.value = nn.Conv2d(channels, inner, 1, bias=False)
        self.out = nn.Conv2d(inner, channels, 1, groups=config.groups, bias=False)
        self.norm = nn.GroupNorm(config.groups, channels)
        self.theta_stage = Stage("ga.query", kind="operand")
        self.phi_stage = Stage("ga.key", kind="operand")
        branches = tuple((f"group {index + 1}", channels // config.groups) for index in range(config.groups))
        self.branches_stage = Stage("ga.branches", kind="branches", branches=branches)
        self.out_channels = channels

    def forward(self, features: Tensor) -> Tensor:
        theta, phi = self.theta_stage(self.theta(features)), self.phi_stage(self.phi(features))
        # A sum over a whole group leaves the range of fp16 long before it is scaled.
        wide = torch.promote_types(features.dtype, torch.float32)
        grouped = [part.unflatten(1, (self.groups, -1)).flatten(2).to(wide) for part in (phi, self.value(features))]
        agreement = torch.linalg.vecdot(grouped[0], grouped[1])
        if self.scale:
            agreement = agreement / grouped[0].shape[-1] ** 0.5
        context = theta.unflatten(1, (self.groups, -1)) * agreement.to(theta.dtype)[:, :, None, None, None]
        return features + self.branches_stage(self.norm(self.out(context.flatten(1, 2))))
