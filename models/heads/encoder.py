"""One global aggregation on the coarsest level: the "extra encoding" before HFGD's upsamplers.

Huang et al., HFGD, arXiv:2303.08646, Table 1 and section 3.2.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.aggregation.half_size import build_aggregation
from models.backbones.pyramid import Pyramid
from models.config import ModelConfig
from models.heads import HEADS
from models.heads.output import Head, HeadOutput
from models.stages import Stage


@HEADS.register("encoder")
class EncoderHead(Head):
    """GA on c5 and nothing else; with aggregation ``none`` the context is c5 itself.

    Args:
        channels: channels of c2..c5.
        config: ``aggregation``.

    Shape:
        Pyramid -> (B, C, h, w) at the stride of c5; C as the aggregation returns it

    Stages:
        fcn.features: c5, what GA sees. ga.context: what GA returns.
    """

    def __init__(self, channels: Sequence[int], config: ModelConfig) -> None:
        super().__init__()
        self.aggregation = build_aggregation(channels[-1], config.aggregation)
        self.fcn_stage = Stage("fcn.features", kind="features")
        self.context_stage = Stage("ga.context", kind="features")
        self.out_channels = self.aggregation.out_channels
        self.stage_channels = {"fcn": channels[-1], "ga": self.out_channels}
        self.min_map = self.aggregation.min_map

    def forward(self, pyramid: Pyramid) -> HeadOutput:
        features = self.fcn_stage(pyramid.c5)
        context = self.context_stage(self.aggregation(features))
        return HeadOutput(context, {"fcn": features, "ga": context})
