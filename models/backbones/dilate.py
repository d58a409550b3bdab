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
    trained_stride: int = 0,
) -> None:
    """Rewrite strides and dilations of the stages c2..c5 in place.

    Args:
        stages: for each of c2..c5 its blocks in order; c2 ends at stride 4.
        output_stride: 4, 8, 16 or 32; more leaves the strides as they are.
        multi_grid: factors on the dilation of the last stage's blocks, taken cyclically.
        dilate_first: whether a stage's first block uses the stage's rate or the one before it. Off, the values at the
            positions of the strided network stay what they were.
        trained_stride: output stride at which ``dilate_first`` holds; from there to ``output_stride`` the values at
            common positions stay what they were. 0 for the output stride itself.

    Raises:
        ValueError: if a stage halves by something that cannot be dilated.
    """
    for number, blocks in enumerate(stages):
        # The stride of the network as it was made; c2 only keeps what the stem left, the others halve once.
        stride = 4 << number
        before, rate = _rate(stride // 2, output_stride), _rate(stride, output_stride)
        widened = dilate_first and stride > (trained_stride or output_stride)
        last = number == len(stages) - 1
        for index, block in enumerate(blocks):
            first = rate if index else before * (2 if widened else 1)
            grid = multi_grid[index % len(multi_grid)] if last and multi_grid else 1
            _dilate_block(block, first * grid, rate * grid, dense=stride > output_stride)


def _rate(stride: int, output_stride: int) -> int:
    return max(stride // output_stride, 1)


def _dilate_block(block: nn.Module, first_rate: int, rate: int, dense: bool) -> None:
    """Dilate by ``first_rate`` up to the layer that halves, by ``rate`` behind it; ``dense`` takes the halving away."""
    current = first_rate
    layers = [module for module in block.modules() if not list(module.children())]
    for module in layers:
        stride = getattr(module, "stride", 1)
        halves = stride not in (1, (1, 1))
        if dense and halves:
            _make_dense(module)
        if isinstance(module, nn.Conv2d) and module.weight.shape[-1] > 1:
            _dilate(module, current)
        if halves:
            current = rate


def _make_dense(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        module.stride = (1, 1)
    elif isinstance(module, nn.AvgPool2d):
        # The pooled shortcut of ResNet-D becomes a plain one when its block no longer halves.
        module.kernel_size = module.stride = 1
    else:
        raise ValueError(
            f"{type(module).__name__} with stride {module.stride} cannot be dilated; choose a network whose stages "
            "halve by convolutions, or output_stride=32."
        )


def _dilate(convolution: nn.Conv2d, rate: int) -> None:
    convolution.dilation = (rate, rate)
    # timm's Conv2dSame pads by itself and has padding 0.
    if convolution.padding != (0, 0):
        half = rate * (convolution.weight.shape[-1] // 2)
        convolution.padding = (half, half)
