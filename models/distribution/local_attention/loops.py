"""The two operators of local attention as compiled loops: for large maps on a CPU, where numba is installed.

A position's channels lie side by side in memory, and one pass over them serves four samples of the window. Nothing is
laid out a second time but the operands, where their channels come first: a map of k*k copies never exists.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec

import torch
from torch import Tensor

from models.distribution.window import Window

# Multiply-adds of one operator from which the loops are worth it: below, the first call's loading would be felt.
LEAST_WORK = 2**26
_SHARES = 4  # of each thread: a thread that another program holds up gets fewer of them


def worth_loops(source: Tensor, window: Window) -> bool:
    """Whether loops compute this faster than matrix products, and can: on a CPU, with numba, outside of a compiler.

    A tensor that only pretends to have memory, such as a FakeTensor, is of a type of its own.
    """
    held = type(source) is Tensor and source.device.type == "cpu" and not torch.compiler.is_compiling()
    return held and source.numel() * window.samples >= LEAST_WORK and _has_numba()


def scores(query: Tensor, key: Tensor, window: Window) -> Tensor:
    """Dot product of the query at i with the key at each sample of i; 0 for a sample outside the map.

    Shape:
        query, key: (B, C, H, W) -> (B, k*k, H, W); float16 and bfloat16 are summed in float32
    """
    dtype = torch.promote_types(query.dtype, key.dtype)
    wide = torch.promote_types(dtype, torch.float32)
    out = torch.empty(query.shape[0], window.samples, *query.shape[2:], dtype=wide)
    operands = (_channels_last(query, wide), _channels_last(key, wide), out.flatten(2))
    _in_shares("scores", operands, query.shape, window)
    return out.to(dtype)


def aggregate(affinity: Tensor, value: Tensor, window: Window, transposed: bool) -> Tensor:
    """Sum of the values at the samples of i by its affinity; transposed, at the positions whose sample i is, by theirs.

    Shape:
        affinity: (B, k*k, H, W); value: (B, C, H, W) -> (B, C, H, W), channels-last in memory
    """
    dtype = torch.promote_types(affinity.dtype, value.dtype)
    wide = torch.promote_types(dtype, torch.float32)
    out = torch.empty_like(value, dtype=wide, memory_format=torch.channels_last)
    weights = affinity.detach().to(wide).contiguous().flatten(2)
    operands = (weights, _channels_last(value, wide), _positions(out))
    _in_shares("aggregate", operands, value.shape, window, transposed)
    return out.to(dtype)


@cache
def _has_numba() -> bool:
    return find_spec("numba") is not None


def _in_shares(name: str, tensors: tuple[Tensor, ...], shape: torch.Size, window: Window, turned: bool = False) -> None:
    """Run a kernel over all rows of all images, on as many threads as torch uses; it does not hold Python's lock."""
    from models.distribution.local_attention import kernels

    kernel = getattr(kernels, name)
    lines, shares = shape[0] * shape[2], torch.get_num_threads() * _SHARES
    arrays = [tensor.numpy() for tensor in tensors]
    size, samples = tuple(shape[2:]), (window.kernel, window.dilation, -1 if turned else 1)
    ends = [lines * share // shares for share in range(shares + 1)]
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        for _ in pool.map(lambda *rows: kernel(*arrays, size, samples, rows), ends[:-1], ends[1:]):
            pass


def _channels_last(source: Tensor, dtype: torch.dtype) -> Tensor:
    """A map as (B, H*W, C), its channels side by side."""
    source = source.detach().to(dtype)
    if source.is_contiguous(memory_format=torch.channels_last) or not source.is_contiguous():
        return _positions(source.contiguous(memory_format=torch.channels_last))
    out = torch.empty_like(source, memory_format=torch.channels_last)
    _in_shares("transpose", (source, _positions(out)), source.shape, Window(1, 1))
    return _positions(out)


def _positions(source: Tensor) -> Tensor:
    """View of a channels-last (B, C, H, W) map as (B, H*W, C)."""
    return source.permute(0, 2, 3, 1).flatten(1, 2)
