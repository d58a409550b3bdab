"""Going deeper with atrous convolution: copies of a ResNet's last block behind it.

Chen et al., arXiv:1706.05587, section 3.2 and Fig. 3. The papers count blocks, timm layers: block4 is layer4.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from timm.models.resnet import Bottleneck
from torch import nn

from models.backbones.pyramid import Backbone, Pyramid
from models.config import BackboneConfig, ModelConfig
from models.heads import HEADS
from models.heads.output import Head, HeadOutput
from models.stages import Stage

_UNITS = 3


@HEADS.register("cascade")
class CascadeHead(Head):
    """Blocks 5 to 7 behind the block 4 that c5 comes from.

    Block k of a network without atrous convolution has stride 2**(k + 1). Up to the output stride a block begins by
    taking every second cell, as ResNet v1 of the paper, whose blocks end with their stride, hands its result on; beyond
    it the cells stay and the rates of its three 3x3 convolutions double, times those of the multi-grid.

    Args:
        channels: channels of c2..c5.
        config: ``extra_blocks``, and the backbone's output stride and multi-grid.

    Shape:
        Pyramid -> (B, C of c5, h, w) at the output stride

    Stages:
        fcn.features: block 4. cascade.block5, cascade.block6: those before the last. ga.context: the last block.
    """

    def __init__(self, channels: Sequence[int], config: ModelConfig) -> None:
        super().__init__()
        local, count = channels[-1], config.extra_blocks
        self.blocks = nn.ModuleList(_block(local, 64 << index, config.backbone) for index in range(count))
        names = [*(f"cascade.block{5 + index}" for index in range(count - 1)), "ga.context"]
        self.fcn_stage = Stage("fcn.features", kind="features")
        self.block_stages = nn.ModuleList(Stage(name, kind="features") for name in names[:count])
        self.out_channels = local
        # Without a block the decoder is the classifier of block 4 already.
        self.stage_channels = {"fcn": local, "ga": local} if count else {}

    def forward(self, pyramid: Pyramid) -> HeadOutput:
        features = value = self.fcn_stage(pyramid.c5)
        for block, stage in zip(self.blocks, self.block_stages, strict=True):
            value = stage(block(value))
        return HeadOutput(value, {"fcn": features, "ga": value} if len(self.blocks) else {})

    @classmethod
    def at_stride(cls, config: ModelConfig, before: int) -> ModelConfig:
        # Its rates come from the output stride.
        return config

    def begin(self, backbone: Backbone) -> str:
        """Start every block as a copy of block 4, if that is of the same bottlenecks; else it stays random.

        The first unit of a block takes the weights of block 4's second: block 4's own first reads fewer channels.
        """
        last = backbone.leading_stages(4)[len(backbone.leading_stages(3)) :]
        sources = [*last[1:2], *last[1:]]
        copied = [block for block in self.blocks if _shapes(_units(block)) == _shapes(sources)]
        for block in copied:
            for unit, source in zip(_units(block), sources, strict=True):
                unit.load_state_dict(source.state_dict())
        return "; further blocks copied from its last" if copied else ""


def _block(channels: int, stride: int, config: BackboneConfig) -> nn.Sequential:
    """One block whose stride would be ``stride`` without atrous convolution."""
    output_stride, grid = config.output_stride, config.multi_grid or (1,)
    rate = max(stride // output_stride, 1)
    halve = nn.AvgPool2d(1, stride=2) if stride <= output_stride else nn.Identity()
    units = (
        Bottleneck(channels, channels // Bottleneck.expansion, dilation=rate * grid[index % len(grid)])
        for index in range(_UNITS)
    )
    return nn.Sequential(halve, *units)


def _units(block: nn.Module) -> list[nn.Module]:
    return [unit for unit in block.children() if isinstance(unit, Bottleneck)]


def _shapes(units: Sequence[nn.Module]) -> list[dict[str, torch.Size]]:
    return [{key: value.shape for key, value in unit.state_dict().items()} for unit in units]
