"""GALD: global aggregation, then local distribution, and the other arrangements of the two.

Li et al., BMVC 2019 and TIP, arXiv:2107.13154, Fig. 4 to 6 and eq. 1 to 3.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from models.aggregation import AGGREGATIONS
from models.aggregation.base import Aggregation
from models.aggregation.half_size import build_aggregation
from models.backbones.pyramid import Pyramid
from models.config import ModelConfig
from models.distribution import DISTRIBUTIONS
from models.distribution.base import Distribution
from models.heads import HEADS
from models.heads.output import Head, HeadOutput
from models.layers import conv_bn_relu
from models.stages import Stage


@HEADS.register("gald")
class GaldHead(Head):
    """GA and LD in one of five arrangements, concatenated with the backbone feature (eq. 3).

    ``reference`` is the layout of the published GALDv1 code: 3x3 before the block (for a GA that does not reduce by
    itself), 3x3 behind it, and a 3x3 on the concatenation. ``paper`` is the equations: GA on the backbone feature, LD,
    concatenation, nothing else. GALDv2 has no public code; its counts meet the paper in the ``paper`` layout.

    Args:
        channels: channels of c2..c5.
        config: aggregation, distribution, arrangement, variant and width.

    Shape:
        Pyramid -> (B, C, h, w) at the stride of c5; C = width (reference) or LD's channels + c5's (paper)

    Stages:
        fcn.features: what GA sees. ga.context: what GA returns. gald.features: the block's output.
    """

    def __init__(self, channels: Sequence[int], config: ModelConfig) -> None:
        super().__init__()
        local = channels[-1]
        self.arrangement, self.variant = config.arrangement, config.variant
        self.enter, width = _enter(local, config)
        self.fcn_stage = Stage("fcn.features", kind="features")
        self.gald_stage = Stage("gald.features", kind="features")
        self.stage_channels = {"fcn": width}
        block_channels = self._build_block(width, local, config)
        if config.variant == "reference":
            self.leave = conv_bn_relu(block_channels, config.width, 3)
            self.fuse: nn.Module = conv_bn_relu(config.width + local, config.width, 3)
            self.out_channels = config.width
        else:
            self.fuse = nn.Identity()
            self.out_channels = block_channels + local
        parts = (self.aggregation, self.distribution)
        self.min_map = max(part.min_map for part in parts if part is not None)

    def forward(self, pyramid: Pyramid) -> HeadOutput:
        local = pyramid.c5
        features = self.fcn_stage(self.enter(local))
        block, context = self._block(features, local)
        block = self.gald_stage(block)
        stage_features = {"fcn": features}
        if context is not None:
            stage_features["ga"] = context
        # The published code puts the backbone's feature first, eq. 3 the block's output.
        parts = [local, self.leave(block)] if self.variant == "reference" else [block, local]
        return HeadOutput(self.fuse(torch.cat(parts, dim=1)), stage_features)

    def _build_block(self, width: int, local: int, config: ModelConfig) -> int:
        """Create GA and LD for the arrangement; return the channels of the block's output."""
        make_ld = DISTRIBUTIONS.get(config.distribution.name)
        arrangement, ld = config.arrangement, config.distribution
        self.aggregation: Aggregation | None = None
        self.distribution: Distribution | None = None
        # Before any GA the equations' LDv2 looks at X_l alone; a mask always has features to gate.
        self.blind = config.variant == "paper" and not getattr(make_ld, "needs_context", True)
        if arrangement in ("ld", "ldga", "parallel"):
            self.distribution = make_ld(0 if self.blind else width, local, ld, config.variant)
            width_of_ga = self.distribution.out_channels if arrangement == "ldga" else width
        else:
            width_of_ga = width
        if arrangement != "ld":
            self.aggregation = build_aggregation(width_of_ga, config.aggregation)
            self.context_stage = Stage("ga.context", kind="features")
            self.stage_channels["ga"] = self.aggregation.out_channels
        if arrangement == "gald":
            self.distribution = make_ld(self.stage_channels["ga"], local, ld, config.variant)
        return _block_channels(arrangement, self.aggregation, self.distribution)

    def _block(self, features: Tensor, local: Tensor) -> tuple[Tensor, Tensor | None]:
        """Output of the block, and GA's context when there is GA."""
        if self.arrangement == "ld":
            return self._distribute_first(features, local), None
        if self.arrangement == "ldga":
            context = self._aggregate(self._distribute_first(features, local))
            return context, context
        context = self._aggregate(features)
        if self.arrangement == "ga":
            return context, context
        if self.arrangement == "parallel":
            return torch.cat([context, self._distribute_first(features, local)], dim=1), context
        return self._distribute(context, local), context

    def _aggregate(self, features: Tensor) -> Tensor:
        return self.context_stage(self.aggregation(features))  # ty: ignore[not-callable]

    def _distribute_first(self, features: Tensor, local: Tensor) -> Tensor:
        return self._distribute(features[:, :0] if self.blind else features, local)

    def _distribute(self, context: Tensor, local: Tensor) -> Tensor:
        return self.distribution(context, local)  # ty: ignore[not-callable]


def _enter(local: int, config: ModelConfig) -> tuple[nn.Module, int]:
    """What stands before the block, and the channels it gives."""
    needs_ga = config.arrangement != "ld"
    reduces = needs_ga and AGGREGATIONS.get(config.aggregation.name).reduces
    if config.variant == "reference" and not reduces:
        return conv_bn_relu(local, config.width, 3), config.width
    return nn.Identity(), local


def _block_channels(arrangement: str, ga: Aggregation | None, ld: Distribution | None) -> int:
    parts = {"ga": [ga], "ldga": [ga], "ld": [ld], "gald": [ld], "parallel": [ga, ld]}[arrangement]
    return sum(part.out_channels for part in parts if part is not None)
