"""The few layers that every room uses."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from models.synchronised_norm import SynchronisedNorm, SynchronisedNormAct

_SYNCHRONISED = (SynchronisedNorm, SynchronisedNormAct)


def conv_bn_relu(inputs: int, outputs: int, kernel: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    """Convolution without bias that keeps the size (at stride 1), BatchNorm, ReLU.

    Args:
        inputs: channels in.
        outputs: channels out.
        kernel: taps a side, odd.
        stride: of the convolution.
        dilation: cells between taps.
    """
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
    """Convolution with bias, which the BatchNorm behind it takes out again, and ReLU: as in the ANN code.

    Args:
        inputs: channels in.
        outputs: channels out.
        kernel: taps a side, odd.
    """
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


def check_map(value: Tensor, side: int, part: str) -> None:
    """Refuse (B, C, H, W) whose H or W is below ``side`` cells.

    Raises:
        ValueError: naming the size and what helps.
    """
    height, width = value.shape[-2:]
    if min(height, width) < side:
        raise ValueError(
            f"map is {height}x{width}, {part} needs at least {side}x{side}; enlarge the image or lower output_stride."
        )


def check_batch(value: Tensor, layers: nn.Module, part: str, instead: str) -> None:
    """Refuse one image (B, C, h, w), B = 1, where a BatchNorm of ``layers`` is to learn from a single cell of each.

    Raises:
        ValueError: naming ``part``, which leaves the single cell, and what else to do.
    """
    norms = (layer for layer in layers.modules() if isinstance(layer, nn.BatchNorm2d))
    # One that is synchronised learns from the images of the other processes too.
    learns = any(norm.training and not isinstance(norm, _SYNCHRONISED) for norm in norms)
    if learns and len(value) == 1:
        raise ValueError(
            f"batch is 1, of which {part} leaves one value per channel, and BatchNorm learns from 2 or more; "
            f"raise the batch, hold BatchNorm still (freeze_bn with start_head) or {instead}."
        )
