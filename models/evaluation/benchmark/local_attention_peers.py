"""Other ways to write the local attention of GALDv2 (Li et al., TIP 2021, eq. 8), to measure it against.

Shape of all: query, key, value (B, C, H, W) -> (B, C, H, W), differentiable.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.attention.flex_attention import create_block_mask, flex_attention

from models.distribution.local_attention import local_softmax
from models.distribution.window import Window

Attention = Callable[[Tensor, Tensor, Tensor, Window], Tensor]


def unfold_attention(query: Tensor, key: Tensor, value: Tensor, window: Window) -> Tensor:
    """Eq. 8 of the TIP paper the plain way: unfold, multiply, sum.

    A product and a sum, as einsum over the unfolded tensor takes twenty times longer on a CPU.

    Shape:
        query, key, value: (B, C, H, W) -> (B, C, H, W)
    """
    scores = (query.unsqueeze(2) * _unfolded(key, window)).sum(dim=1)
    affinity = local_softmax(scores, window)
    return (affinity.unsqueeze(1) * _unfolded(value, window)).sum(dim=2)


def shifted_attention(query: Tensor, key: Tensor, value: Tensor, window: Window) -> Tensor:
    """Eq. 8 of the TIP paper sample by sample, on shifted views of padded maps.

    Shape:
        query, key, value: (B, C, H, W) -> (B, C, H, W)
    """
    keys, values = _shifted(key, window), _shifted(value, window)
    scores = torch.stack([(query * shifted).sum(dim=1) for shifted in keys], dim=1)
    weights = local_softmax(scores, window).unsqueeze(2).unbind(dim=1)
    return sum((weight * shifted for weight, shifted in zip(weights, values, strict=True)), torch.zeros_like(value))


def block_sparse_attention(query: Tensor, key: Tensor, value: Tensor, window: Window) -> Tensor:
    """Eq. 8 of the TIP paper by PyTorch's FlexAttention; samples outside the map are always left out of the softmax.

    Compiled on a GPU; elsewhere it forms all N x N scores, which is good for a test alone.

    Shape:
        query, key, value: (B, C, H, W) -> (B, C, H, W)
    """
    maps = [tensor.flatten(2).transpose(1, 2).unsqueeze(1).contiguous() for tensor in (query, key, value)]
    size = (query.shape[2], query.shape[3])
    mask = _neighbourhood(size, window, str(query.device))
    out = _flex(query.is_cuda)(*maps, block_mask=mask, scale=1.0)
    return out.squeeze(1).transpose(1, 2).unflatten(2, size)


def _unfolded(source: Tensor, window: Window) -> Tensor:
    batch, channels, height, width = source.shape
    columns = F.unfold(source, window.kernel, dilation=window.dilation, padding=window.reach)
    return columns.view(batch, channels, window.samples, height, width)


def _shifted(source: Tensor, window: Window) -> list[Tensor]:
    """The map as it is seen from each sample: k*k views of one padded copy."""
    height, width = source.shape[2:]
    padded = F.pad(source, (window.reach,) * 4)
    places = [(window.reach + dy, window.reach + dx) for dy, dx in window.offsets()]
    return [padded[:, :, top : top + height, left : left + width] for top, left in places]


@cache
def _flex(compiled: bool) -> Any:
    return torch.compile(flex_attention) if compiled else flex_attention


@cache
def _neighbourhood(size: tuple[int, int], window: Window, device: str) -> Any:
    """Which positions are samples of which, as blocks."""

    def sampled(_batch: Tensor, _head: Tensor, own: Tensor, other: Tensor) -> Tensor:
        dy, dx = other // size[1] - own // size[1], other % size[1] - own % size[1]
        near = (dy.abs() <= window.reach) & (dx.abs() <= window.reach)
        return near & (dy % window.dilation == 0) & (dx % window.dilation == 0)

    places = size[0] * size[1]
    return create_block_mask(sampled, None, None, places, places, device=device, _compile=device != "cpu")
