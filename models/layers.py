"""The few layers that every room uses."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


def conv_bn_relu(inputs: int, outputs: int, kernel: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    """Convolution without bias that keeps the size (at stride 1), BatchNorm, ReLU."""
    padding = dilation * (kernel // 2)
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def conv_bn(inputs: int, outputs: int) -> nn.Sequential:
    """1x1 convolution without bias and BatchNorm, no ReLU."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))


def biased_conv_bn_relu(inputs: int, outputs: int, kernel: int) -> nn.Sequential:
    """Convolution with bias, which the BatchNorm behind it takes out again, and ReLU: as in the ANN code."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


def halve(channels: int) -> nn.Sequential:
    """Depthwise 3x3, stride 2, no padding, with bias; BatchNorm, ReLU: the downsampling of the GALDv1 code."""
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, stride=2, groups=channels),
        nn.BatchNorm2d(channels),
        nn.ReLU(inplace=True),
    )


def resize(value: Tensor, size: tuple[int, int], align_corners: bool = False) -> Tensor:
    """Bilinear resize of (B, C, h, w) to ``size``; a no-op returns the same tensor."""
    if tuple(value.shape[-2:]) == tuple(size):
        return value
    return F.interpolate(value, size=size, mode="bilinear", align_corners=align_corners)
