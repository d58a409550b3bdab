"""DeepLabv3: atrous spatial pyramid pooling with image-level features.

Chen et al., arXiv:1706.05587, section 3.3 and Fig. 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from models.aggregation.aspp import AtrousPyramid, rates_at
from models.backbones.pyramid import Pyramid
from models.config import ModelConfig
from models.heads import HEADS
from models.heads.output import Head, HeadOutput
from models.stages import Stage


@HEADS.register("deeplabv3")
class DeepLabV3Head(Head):
    """ASPP on c5 and nothing else: the decoder is the 1x1 that follows.

    Args:
        channels: channels of c2..c5.
        config: ``channels``, ``inner``, ``rates``, ``image_pooling`` and ``dropout`` of the aggregation.

    Shape:
        Pyramid -> (B, aggregation.channels, h, w) at the stride of c5

    Stages:
        fcn.features: c5, what ASPP sees. ga.context: what it returns.
    """

    def __init__(self, channels: Sequence[int], config: ModelConfig) -> None:
        super().__init__()
        local = channels[-1]
        self.aspp = AtrousPyramid(local, config.aggregation)
        self.fcn_stage = Stage("fcn.features", kind="features")
        self.context_stage = Stage("ga.context", kind="features")
        self.out_channels = self.aspp.out_channels
        self.stage_channels = {"fcn": local, "ga": self.out_channels}

    def forward(self, pyramid: Pyramid) -> HeadOutput:
        features = self.fcn_stage(pyramid.c5)
        context = self.context_stage(self.aspp(features))
        return HeadOutput(context, {"fcn": features, "ga": context})

    @classmethod
    def at_stride(cls, config: ModelConfig, before: int) -> ModelConfig:
        rates = rates_at(config.aggregation.rates, config.backbone.output_stride, before)
        return replace(config, aggregation=replace(config.aggregation, rates=rates))
