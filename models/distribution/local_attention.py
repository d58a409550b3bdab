"""Local attention over a dilated k x k window, without unfolding the keys and values.

The vocabulary is that of eq. 6-8 of Li et al., "Global Aggregation then Local Distribution for Scene
Parsing", TIP 2021: position i draws k*k samples s(n) at i + r * delta_n; the query x_theta(i) is compared
with the keys s_phi(n), and the softmax of these scores, the affinity, weighs the values s_g(n). The affinity
is a tensor between the two operators, so that it can be looked at and edited. There is no public code of it.

Laid on a line (``strips``), the scores of one row of the window are a batch of small matrix products of which
a band of width k is wanted, and the weighted sum is the product of such a band with the values. An operator
holds two or three lines of a few megabytes, where unfolding holds k*k copies of a map.

A value that is not finite spreads to all positions of its block, not only to those that sample it.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor

from models.distribution.strips import BLOCK, strips
from models.distribution.window import Window, samples_inside


def local_scores(query: Tensor, key: Tensor, window: Window) -> Tensor:
    """Dot product of the query at i with the key at each sample of i (eq. 8, before the softmax).

    A sample outside the map has score 0, whatever the border. Float16 and bfloat16 are summed in float32,
    with or without autocast. Differentiable any number of times; only query and key are kept for it.

    Shape:
        query: (B, C, H, W); key: (B, C, H, W) -> (B, k*k, H, W)

    Raises:
        ValueError: if query and key are not 4-dimensional or differ in shape.
    """
    if query.ndim != 4 or query.shape != key.shape:
        raise ValueError(
            f"query is {tuple(query.shape)}, key is {tuple(key.shape)}; both must be the same (B, C, H, W)."
        )
    return _LocalScores.apply(query, key, window)


def local_aggregate(affinity: Tensor, value: Tensor, window: Window) -> Tensor:
    """Sum of the values at the samples of i, weighted by the affinity of i (eq. 8, after the softmax).

    A sample outside the map has value 0. Precision and gradients as in local_scores.

    Shape:
        affinity: (B, k*k, H, W); value: (B, C, H, W) -> (B, C, H, W), channels-last in memory

    Raises:
        ValueError: if the affinity does not fit the value or the window.
    """
    wanted = (value.shape[0], window.samples, *value.shape[2:])
    if value.ndim != 4 or affinity.shape != wanted:
        raise ValueError(
            f"affinity is {tuple(affinity.shape)}, value is {tuple(value.shape)}; for a (B, C, H, W) value "
            f"and kernel {window.kernel} the affinity must be (B, {window.samples}, H, W)."
        )
    return _LocalAggregate.apply(affinity, value, window, False)


def local_softmax(scores: Tensor, window: Window) -> Tensor:
    """Softmax over the samples; border="exclude" gives those outside the map weight 0.

    Shape:
        scores: (B, k*k, H, W) -> (B, k*k, H, W), sums to 1 over dim 1
    """
    if window.border == "exclude":
        inside = samples_inside(scores.shape[-2], scores.shape[-1], window, scores.device)
        scores = scores.masked_fill(~inside, -torch.inf)
    return scores.softmax(dim=1)


def local_attention(query: Tensor, key: Tensor, value: Tensor, window: Window) -> Tensor:
    """Eq. 8 as a whole: scores, softmax, weighted sum.

    Shape:
        query, key: (B, C, H, W); value: (B, D, H, W) -> (B, D, H, W)
    """
    return local_aggregate(local_softmax(local_scores(query, key, window), window), value, window)


class _LocalScores(torch.autograd.Function):
    """d/d query gathers keys, weighted by the incoming gradient; d/d key scatters queries back, weighted alike."""

    @staticmethod
    def forward(query: Tensor, key: Tensor, window: Window) -> Tensor:
        return _scores(query, key, window)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: Tensor) -> None:
        query, key, ctx.window = inputs
        ctx.save_for_backward(query, key)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        query, key = ctx.saved_tensors
        to_query = to_key = None
        if ctx.needs_input_grad[0]:
            to_query = _LocalAggregate.apply(grads[0], key, ctx.window, False).to(query.dtype)
        if ctx.needs_input_grad[1]:
            to_key = _LocalAggregate.apply(grads[0], query, ctx.window, True).to(key.dtype)
        return to_query, to_key, None


class _LocalAggregate(torch.autograd.Function):
    """Gather values from the samples or, transposed, scatter each position's value to its samples.

    As a matrix, the affinity A gives A v or A^T v: d/d value of one is the other, and d/d affinity scores the two ends.
    """

    @staticmethod
    def forward(affinity: Tensor, value: Tensor, window: Window, transposed: bool) -> Tensor:
        return _aggregate(affinity, value, window, transposed)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: Tensor) -> None:
        affinity, value, ctx.window, ctx.transposed = inputs
        ctx.save_for_backward(affinity, value)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        affinity, value = ctx.saved_tensors
        to_affinity = to_value = None
        if ctx.needs_input_grad[0]:
            near, far = (value, grads[0]) if ctx.transposed else (grads[0], value)
            to_affinity = local_scores(near, far, ctx.window).to(affinity.dtype)
        if ctx.needs_input_grad[1]:
            to_value = _LocalAggregate.apply(affinity, grads[0], ctx.window, not ctx.transposed).to(value.dtype)
        return to_affinity, to_value, None, None


def _scores(query: Tensor, key: Tensor, window: Window) -> Tensor:
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


def _aggregate(affinity: Tensor, value: Tensor, window: Window, transposed: bool) -> Tensor:
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
