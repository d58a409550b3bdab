"""One set of weights at several output strides.

Chen et al., arXiv:1706.05587, section 4.1: "atrous convolution allows us to control output_stride at different training
stages without requiring learning extra model parameters"; trained at 16 and evaluated at 8 in Tables 4 and 6.
"""

from __future__ import annotations

from dataclasses import replace

from models.config import ModelConfig
from models.heads import HEADS


def at_output_stride(config: ModelConfig, stride: int) -> ModelConfig:
    """The same network at another output stride: strides, dilations and atrous rates follow, the weights stay.

    On the cells that both strides share the values stay what they were, borders included, but for two things: image
    pooling averages over all cells of either, and MobileNetV2's padding agrees at odd sizes of the maps alone.

    Args:
        config: as it was trained.
        stride: output stride; the config's own changes nothing.

    Raises:
        ValueError: if there is no such stride, the head has parts that cannot follow, or a rate would be a fraction.
    """
    before = config.backbone.output_stride
    if stride == before:
        return config
    trained = config.backbone.trained_stride or before
    backbone = replace(config.backbone, output_stride=stride, trained_stride=trained)
    return HEADS.get(config.head).at_stride(replace(config, backbone=backbone), before)
