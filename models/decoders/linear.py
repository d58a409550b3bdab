"""The plain decoder: one 1x1 convolution.

Not in the papers as a part: their networks without a decoder end so.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from models.backbones.pyramid import Pyramid
from models.config import ModelConfig
from models.decoders import DECODERS
from models.stages import Stage


@DECODERS.register("linear")
class LinearDecoder(nn.Module):
    """Inner products of every position with one token per class.

    Args:
        channels: C of the head's features.
        num_classes: K.
        config: not used by this decoder.
        levels: channels of c2..c5, not used by this decoder.

    Shape:
        features: (B, C, h, w) -> (B, K, h, w)

    Stages:
        classifier.features: (B, C, h, w). tokens: (K, C), the weight of the classifier.
    """

    def __init__(self, channels: int, num_classes: int, config: ModelConfig, levels: Sequence[int]) -> None:
        super().__init__()
        self.classifier = nn.Conv2d(channels, num_classes, 1)
        self.features_stage = Stage("classifier.features", kind="features")
        self.tokens_stage = Stage("tokens", kind="tokens")

    def forward(self, features: Tensor, pyramid: Pyramid) -> Tensor:
        tokens = self.tokens_stage(self.classifier.weight.flatten(1))
        return F.conv2d(self.features_stage(features), tokens[:, :, None, None], self.classifier.bias)
