"""What decoders that upsample have in common: class tokens, high-level feature guidance (HFGM), the backbone's probe.

Huang et al., HFGD (High-level Feature Guided Decoding), arXiv:2303.08646, sections 3.1 and 5.1.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from models.backbones.pyramid import Pyramid
from models.config import ModelConfig
from models.decoders.axial_attention import AxialAttention
from models.layers import conv_bn_relu
from models.stages import Stage


class UpsamplingDecoder(nn.Module, ABC):
    """Context and finer levels -> features of a fine stride -> inner products with one token per class.

    With ``guidance`` a guiding branch on the context has the same tokens and a loss of its own. The stop-gradients keep
    the upsampler's loss out of the tokens, and out of every feature that enters the upsampler: then only the guiding
    branch trains backbone, head and tokens, and the upsampler learns to meet them.

    Args:
        channels: of the context.
        num_classes: K.
        config: ``upsampling``.
        levels: channels of c2..c5.

    Shape:
        features: (B, C, h, w) and pyramid -> (B, K, H, W) at ``upsampling.stride``

    Stages:
        classifier.features: (B, C', H, W). tokens: (K, C').
        guide.logits: (B, K, h, w), the guiding branch's answer, supervised by the main loss.
        probe.logits: (B, K, h, w), what a classifier on c5 answers, supervised by the main loss.

    Raises:
        ValueError: if the decoder cannot give the configured stride.
    """

    strides: tuple[int, ...] = (4,)

    def __init__(self, channels: int, num_classes: int, config: ModelConfig, levels: Sequence[int]) -> None:
        super().__init__()
        options = self.options = config.upsampling
        if options.stride not in self.strides:
            raise ValueError(
                f"upsampling.stride is {options.stride}, decoder {config.decoder!r} gives {list(self.strides)}; "
                "u_sfpn gives 2."
            )
        self.axial = nn.Identity()
        if options.axial != "none":
            self.axial = AxialAttention(options.channels, options.heads, shared=options.axial == "shared")
        self.classifier = nn.Conv2d(options.channels, num_classes, 1)
        self.features_stage = Stage("classifier.features", kind="features")
        self.tokens_stage = Stage("tokens", kind="tokens")
        if options.guidance:
            # The guiding feature needs the width of the tokens; CAE has it, other contexts get the 3x3 of an FCN.
            fits = channels == options.channels
            self.guide = nn.Identity() if fits else conv_bn_relu(channels, options.channels, 3)
            self.guide_stage = Stage("guide.logits", kind="logits", loss="main")
        if options.probe != "none":
            self.probe = nn.Sequential(
                conv_bn_relu(levels[-1], options.channels, 3), nn.Conv2d(options.channels, num_classes, 1)
            )
            self.probe_stage = Stage("probe.logits", kind="logits", loss="main")

    def forward(self, features: Tensor, pyramid: Pyramid) -> Tensor:
        options = self.options
        if options.probe != "none":
            seen = pyramid.c5.detach() if options.probe == "detached" else pyramid.c5
            self.probe_stage(self.probe(seen))
        weight, bias = self.classifier.parameters()
        tokens = self.tokens_stage(weight.flatten(1))
        if options.guidance:
            self.guide_stage(_products(self.guide(features), tokens, bias))
            if options.stop_tokens:
                tokens, bias = tokens.detach(), bias.detach()
            if options.stop_features:
                features, pyramid = features.detach(), Pyramid(*(level.detach() for level in pyramid))
        fine = self.features_stage(self.axial(self.upsample(features, pyramid)))
        return _products(fine, tokens, bias)

    @abstractmethod
    def upsample(self, features: Tensor, pyramid: Pyramid) -> Tensor:
        """Context (B, C, h, w) in place of c5, and the finer levels -> (B, ``upsampling.channels``, H, W)."""


def size_of(value: Tensor) -> tuple[int, int]:
    """Height and width of (B, C, h, w)."""
    return (value.shape[-2], value.shape[-1])


def _products(features: Tensor, tokens: Tensor, bias: Tensor) -> Tensor:
    return F.conv2d(features, tokens[:, :, None, None], bias)
