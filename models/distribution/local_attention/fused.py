"""Local attention as a whole in one kernel, on a GPU: the affinity is never written to memory.

Forward one kernel, backward two: the query's gradient, and those of key and value, for which the weights are written
out once (k*k numbers a position, a tenth of a map at C = 256). Sums are in float32. Triton compiles the kernels and
chooses their tiles at the first call with a size.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from models.distribution.window import Window


def can_fuse(query: Tensor, value: Tensor) -> bool:
    """Whether the kernels run here: on a GPU, with Triton, outside of a compiler, on maps (B, C, H, W) of one size."""
    fits = query.is_cuda and query.shape == value.shape and query.dtype != torch.float64
    return fits and _has_triton() and not torch.compiler.is_compiling()


def fused_attention(query: Tensor, key: Tensor, value: Tensor, window: Window, scale: float) -> Tensor:
    """softmax(scale * scores) times the values (eq. 8). Differentiable once.

    Shape:
        query, key, value: (B, C, H, W) -> (B, C, H, W), channels-last in memory
    """
    return _FusedAttention.apply(query, key, value, window, scale)[0]


@cache
def _has_triton() -> bool:
    return find_spec("triton") is not None


class _FusedAttention(torch.autograd.Function):
    @staticmethod
    def forward(query: Tensor, key: Tensor, value: Tensor, window: Window, scale: float) -> tuple[Tensor, Tensor]:
        from models.distribution.local_attention import fused_kernels

        maps = [_channels_last(operand) for operand in (query, key, value)]
        out = torch.empty_like(maps[2])
        total = maps[0].new_empty(maps[0].shape[:3], dtype=torch.float32)
        fused_kernels.forward[_grid(out)](*maps, out, total, *out.shape[1:], scale, **_constants(window))
        return out.permute(0, 3, 1, 2), total

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: tuple[Tensor, Tensor]) -> None:
        *operands, ctx.window, ctx.scale = inputs
        ctx.mark_non_differentiable(output[1])
        ctx.save_for_backward(*operands, output[1])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        from models.distribution.local_attention import fused_kernels

        *operands, total = ctx.saved_tensors
        query, key, value = (_channels_last(operand) for operand in operands)
        incoming, size = _channels_last(grads[0]), query.shape[1:]
        affinity = query.new_empty(*query.shape[:3], ctx.window.samples, dtype=torch.float32)
        slope = torch.empty_like(affinity)
        gradients = [torch.empty_like(operand) for operand in (query, key, value)]
        fused_kernels.backward_of_query[_grid(query)](
            query,
            key,
            value,
            incoming,
            total,
            affinity,
            slope,
            gradients[0],
            *size,
            ctx.scale,
            **_constants(ctx.window),
        )
        fused_kernels.backward_of_key_and_value[_grid(query)](
            query, incoming, affinity, slope, *gradients[1:], *size, KERNEL=ctx.window.kernel, STEP=ctx.window.dilation
        )
        return *(gradient.permute(0, 3, 1, 2) for gradient in gradients), None, None


def _channels_last(source: Tensor) -> Tensor:
    """A map as (B, H, W, C), its channels side by side."""
    return source.permute(0, 2, 3, 1).contiguous()


def _constants(window: Window) -> dict[str, int]:
    return {
        "KERNEL": window.kernel,
        "STEP": window.dilation,
        "SAMPLES": 1 << (window.samples - 1).bit_length(),
        "EXCLUDE": int(window.border == "exclude"),
    }


def _grid(out: Tensor) -> Any:
    """Tiles of a map, images: as many programs as the tile that Triton chose needs."""
    images, height, width, _ = out.shape
    return lambda tile: (-(-height // tile["TALL"]) * -(-width // tile["WIDE"]), images)
