"""ANN: fusion of levels, then global aggregation.

Zhu et al., ICCV 2019, arXiv:1908.07678, Fig. 3; the rows of Table 6 are its fusions and aggregations.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.aggregation.half_size import build_aggregation
from models.backbones.pyramid import Pyramid
from models.config import ModelConfig
from models.fusion import FUSIONS
from models.heads import HEADS
from models.heads.output import Head, HeadOutput
from models.layers import biased_conv_bn_relu
from models.stages import Stage


@HEADS.register("ann")
class AnnHead(Head):
    """Fusion into c5, 3x3 convolution with bias, BatchNorm, ReLU, then GA, whose context the decoder classifies.

    With AFNB, APNB and the linear decoder it is the network of the published code. The order is the same for every
    fusion and every GA, each of which may be ``none``.

    Args:
        channels: channels of c2..c5.
        config: fusion, aggregation and width.

    Shape:
        Pyramid -> (B, C, h, w) at the stride of c5; C = width, or what the GA makes of it

    Stages:
        fusion.features: (B, C', h, w), what the fusion returns. fcn.features: (B, width, h, w), what GA sees.
        ga.context: (B, C, h, w), what GA returns.
    """

    def __init__(self, channels: Sequence[int], config: ModelConfig) -> None:
        super().__init__()
        self.fusion = FUSIONS.get(config.fusion.name)(channels, config.fusion)
        self.reduce = biased_conv_bn_relu(self.fusion.out_channels, config.width, 3)
        self.aggregation = build_aggregation(config.width, config.aggregation)
        self.fusion_stage = Stage("fusion.features", kind="features")
        self.fcn_stage = Stage("fcn.features", kind="features")
        self.context_stage = Stage("ga.context", kind="features")
        self.out_channels = self.aggregation.out_channels
        self.stage_channels = {"fcn": config.width, "ga": self.out_channels}
        self.min_map = self.aggregation.min_map

    def forward(self, pyramid: Pyramid) -> HeadOutput:
        features = self.fcn_stage(self.reduce(self.fusion_stage(self.fusion(pyramid))))
        context = self.context_stage(self.aggregation(features))
        return HeadOutput(context, {"fcn": features, "ga": context})
