"""FCN baseline: one 3x3 convolution on the last stage.

Long et al., CVPR 2015; the baseline row of Table I, arXiv:2107.13154.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.backbones.pyramid import Pyramid
from models.config import ModelConfig
from models.heads import HEADS
from models.heads.output import Head, HeadOutput
from models.layers import conv_bn_relu
from models.stages import Stage


@HEADS.register("fcn")
class FcnHead(Head):
    """3x3 convolution, BatchNorm, ReLU on c5.

    Args:
        channels: channels of c2..c5.
        config: ``width`` of the output.

    Shape:
        Pyramid -> (B, width, h, w) at the stride of c5

    Stages:
        fcn.features: (B, width, h, w).
    """

    def __init__(self, channels: Sequence[int], config: ModelConfig) -> None:
        super().__init__()
        self.reduce = conv_bn_relu(channels[-1], config.width, 3)
        self.features_stage = Stage("fcn.features", kind="features")
        self.out_channels = config.width
        # The decoder is the classifier of this stage already.
        self.stage_channels = {}

    def forward(self, pyramid: Pyramid) -> HeadOutput:
        return HeadOutput(self.features_stage(self.reduce(pyramid.c5)), {})
