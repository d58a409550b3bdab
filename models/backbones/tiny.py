"""A very small pyramid without pretrained weights: tests and demonstrations start in milliseconds."""

from __future__ import annotations

from torch import Tensor, nn

from models.backbones import BACKBONES
from models.backbones.dilate import set_output_stride
from models.backbones.pyramid import Backbone, Pyramid
from models.config import BackboneConfig
from models.layers import conv_bn_relu


@BACKBONES.register("tiny")
class TinyPyramid(Backbone):
    """Two 3x3 convolutions a stage, 16 to 64 channels.

    Shape:
        (B, 3, H, W) -> Pyramid with strides 4, 8, 16, 32 capped by the output stride.
    """

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        self.channels = (16, 24, 32, 64)
        self.stem = nn.Sequential(conv_bn_relu(3, 16, 3, stride=2), conv_bn_relu(16, 16, 3, stride=2))
        inputs = (16, *self.channels[:-1])
        self.stages = nn.ModuleList(
            nn.Sequential(conv_bn_relu(inner, outer, 3, stride=1 if i == 0 else 2), conv_bn_relu(outer, outer, 3))
            for i, (inner, outer) in enumerate(zip(inputs, self.channels, strict=True))
        )
        groups = [list(stage.children()) for stage in self.stages]
        set_output_stride(groups, config.output_stride, config.multi_grid, config.dilate_first, config.trained_stride)

    def forward(self, image: Tensor) -> Pyramid:
        features, value = [], self.stem(image)
        for stage in self.stages:
            value = stage(value)
            features.append(value)
        return Pyramid(*features)

    def leading_stages(self, count: int) -> list[nn.Module]:
        return [self.stem, *self.stages[:count]] if count else []
