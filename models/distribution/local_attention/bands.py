"""The two operators of local attention as batches of small matrix products, on any device that torch has.

Laid on a line (``strips``), the scores of one row of the window are a batch of small matrix products of which
a band of width k is wanted, and the weighted sum is the product of such a band with the values. An operator
holds two or three lines of a few megabytes, where unfolding holds k*k copies of a map.

A value that is not finite spreads to all positions of its block, not only to those that sample it.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from models.distribution.local_attention.strips import BLOCK, strips
from models.distribution.window import Window


def scores(query: Tensor, key: Tensor, window: Window) -> Tensor:
    """Dot product of the query at i with the key at each sample of i; 0 for a sample outside the map.

    Shape:
        query, key: (B, C, H, W) -> (B, k*k, H, W); float16 and bfloat16 are summed in float32
    """
    dtype = torch.promote_types(query.dtype, key.dtype)
    out = query.new_empty(query.shape[0], window.samples, *query.shape[2:], dtype=dtype)
    with _unmixed(query):
        for strip in strips(query.shape, window, query.device.type):
            queries, keys = strip.blocks(strip.load(query)), strip.load_samples(key)
            line = strip.line(out, window.samples)
            products = line.new_empty(window.kernel, strip.count, BLOCK, BLOCK + window.kernel - 1)
            for row in range(window.kernel):
                torch.bmm(queries, strip.samples(keys, row).transpose(1, 2), out=products[row])
            _by_row(strip.blocks(line), window).copy_(_band(products, window))
            strip.store(line, out)
    return out


def aggregate(affinity: Tensor, value: Tensor, window: Window, transposed: bool) -> Tensor:
    """Sum of the values at the samples of i by its affinity; transposed, at the positions whose sample i is, by theirs.

    Shape:
        affinity: (B, k*k, H, W); value: (B, C, H, W) -> (B, C, H, W), channels-last in memory
    """
    dtype = torch.promote_types(affinity.dtype, value.dtype)
    # Channels-last, as a line is: it is written in half the time, and the networks here run in that layout.
    out = torch.empty_like(value, dtype=dtype, memory_format=torch.channels_last)
    with _unmixed(value):
        for strip in strips(value.shape, window, value.device.type):
            weights, values = strip.load_samples(affinity), strip.load_samples(value)
            weights = strip.towards(weights) if transposed else _by_row(strip.blocks(weights), window)
            line = strip.line(out, value.shape[1])
            spread = line.new_zeros(window.kernel, strip.count, BLOCK, BLOCK + window.kernel - 1)
            _band(spread, window).copy_(weights)
            for row in range(window.kernel):
                # beta=0 overwrites the arbitrary contents of a fresh line.
                strip.blocks(line).baddbmm_(spread[row], strip.samples(values, row), beta=min(row, 1))
            strip.store(line, out)
    return out


def _band(products: Tensor, window: Window) -> Tensor:
    """View of the wanted entries of (k, blocks, b, b + k - 1) products: (row, t, i, j) is (row, t, i, i + j)."""
    rows, count, block, length = products.shape
    area = block * length
    return products.as_strided((rows, count, block, window.kernel), (count * area, area, length + 1, 1))


def _by_row(blocks: Tensor, window: Window) -> Tensor:
    """View of (blocks, b, k*k) weights as (k, blocks, b, k): the rows of the window first."""
    return blocks.unflatten(-1, (window.kernel, window.kernel)).permute(2, 0, 1, 3)


def _unmixed(value: Tensor) -> AbstractContextManager:
    """A block without autocast, which does not know tensors without memory."""
    return nullcontext() if value.is_meta else torch.autocast(value.device.type, enabled=False)
