"""Trade stride for dilation, so that a classification network keeps its resolution.

Chen et al., arXiv:1706.05587, section 3.1; multi-grid is section 4.2.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn


def set_output_stride(
    stages: Sequence[Sequence[nn.Module]],
    output_stride: int,
    multi_grid: Sequence[int] = (),
    dilate_first: bool = True,
) -> None:
    """Rewrite strides and dilations of the stages c2..c5 in place.

    Args:
        stages: for each of c2..c5 its blocks in order; c2 ends at stride 4.
        output_stride: 4, 8, 16 or 32.
        multi_grid: factors on the dilation of the last stage's blocks, taken cyclically.
        dilate_first: whether a stage's first block uses the stage's rate or the one before it.
    """
    stride, rate = 4, 1
    for number, blocks in enumerate(stages):
        before = rate
        # A stage of several timm blocks can halve once at most; c2 only keeps what the stem left.
        halves = number > 0
        if halves and stride * 2 > output_stride:
            rate *= 2
        elif halves:
            stride *= 2
        last = number == len(stages) - 1
        for index, block in enumerate(blocks):
            own = before if index == 0 and not dilate_first else rate
            grid = multi_grid[index % len(multi_grid)] if last and multi_grid else 1
            _dilate_block(block, own * grid, keep_stride=rate == before)


def _dilate_block(block: nn.Module, rate: int, keep_stride: bool) -> None:
    for module in block.modules():
        if isinstance(module, nn.AvgPool2d) and not keep_stride:
            # The pooled shortcut of ResNet-D becomes a plain one when its block no longer halves.
            module.kernel_size = module.stride = 1
        if not isinstance(module, nn.Conv2d):
            continue
        if not keep_stride:
            module.stride = (1, 1)
        size = int(module.weight.shape[-1])
        if size > 1:
            module.dilation = (rate, rate)
            # timm's Conv2dSame pads by itself and has padding 0.
            if module.padding != (0, 0):
                half = rate * (size // 2)
                module.padding = (half, half)
