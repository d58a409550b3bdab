"""From the backbone's levels to those that a detector reads: GA and LD on one of them, then the feature pyramid.

GALD in detectors: Li et al., BMVC 2019, arXiv:1909.07229, section 4.4. There is no public code; "at the end of stage 4"
is ambiguous, so the block stands on c5, the input of the pyramid's top, or on c4.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial

from torch import Tensor, nn
from torchvision.ops import FeaturePyramidNetwork
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

from models.aggregation.half_size import build_aggregation
from models.backbones.pyramid import Pyramid
from models.config import DetectorConfig
from models.distribution import DISTRIBUTIONS
from models.distribution.base import Distribution
from models.stages import Stage

_STRIDES = {"c4": 16, "c5": 32}


class ContextBlock(nn.Module):
    """GA on a level, then LD, in the level's place.

    Args:
        channels: C of the level.
        config: aggregation, distribution and variant.

    Shape:
        (B, C, h, w) -> (B, out_channels, h, w)

    Stages:
        ga.context: what GA returns. gald.features: the block's output. Those of GA and LD.
    """

    def __init__(self, channels: int, config: DetectorConfig) -> None:
        super().__init__()
        self.aggregation = build_aggregation(channels, config.aggregation)
        make = DISTRIBUTIONS.get(config.distribution.name)
        self.distribution: Distribution = make(
            self.aggregation.out_channels, channels, config.distribution, config.variant
        )
        self.context_stage = Stage("ga.context", kind="features")
        self.gald_stage = Stage("gald.features", kind="features")
        self.out_channels = self.distribution.out_channels
        self.min_map = max(self.aggregation.min_map, self.distribution.min_map)

    def forward(self, local: Tensor) -> Tensor:
        context = self.context_stage(self.aggregation(local))
        return self.gald_stage(self.distribution(context, local))


class Neck(nn.Module):
    """Block and feature pyramid.

    Args:
        channels: of c2..c5.
        config: block, level and width.

    Attributes:
        names: of the levels that regions are read from.
        min_size: smallest side of a batch that the block can take, pixels.

    Shape:
        Pyramid -> ``names`` and ``pool``: (B, pyramid_width, h, w) at strides 4, 8, 16, 32 and 64

    Stages:
        those of the block.
    """

    names = ("0", "1", "2", "3")

    def __init__(self, channels: Sequence[int], config: DetectorConfig) -> None:
        super().__init__()
        inputs, self.level = list(channels), config.level
        self.place = Pyramid._fields.index(config.level)
        self.context = ContextBlock(inputs[self.place], config) if config.has_block else None
        if self.context is not None:
            inputs[self.place] = self.context.out_channels
        norm = partial(nn.GroupNorm, config.pyramid_groups) if config.pyramid_groups else None
        self.pyramid = FeaturePyramidNetwork(inputs, config.pyramid_width, LastLevelMaxPool(), norm_layer=norm)

    def forward(self, pyramid: Pyramid) -> OrderedDict[str, Tensor]:
        levels = list(pyramid)
        if self.context is not None:
            levels[self.place] = self.context(levels[self.place])
        return self.pyramid(OrderedDict(zip(self.names, levels, strict=True)))

    @property
    def min_size(self) -> int:
        """Smallest side of a batch that the block can take, pixels."""
        return _STRIDES[self.level] * (self.context.min_map if self.context is not None else 1)
