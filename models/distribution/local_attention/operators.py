"""Local attention over a dilated k x k window, without unfolding the keys and values.

The vocabulary is that of eq. 6-8 of Li et al., "Global Aggregation then Local Distribution for Scene
Parsing", TIP 2021: position i draws k*k samples s(n) at i + r * delta_n; the query x_theta(i) is compared
with the keys s_phi(n), and the softmax of these scores, the affinity, weighs the values s_g(n). The affinity
is a tensor between the two operators, so that it can be looked at and edited. There is no public code of it.

This module chooses how they are computed. One by one (``_way``): ``bands`` of matrix products, which run wherever torch
does, or ``loops``, compiled for the CPU, for large maps where numba is installed. As a whole (``local_attention``): one
after the other, or ``fused`` by Triton on a GPU. None holds the k*k copies of a map that unfolding does.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from models.distribution.local_attention import bands, loops
from models.distribution.local_attention.fused import can_fuse, fused_attention
from models.distribution.window import Window, samples_inside
from models.stages import Stage


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
        affinity: (B, k*k, H, W); value: (B, C, H, W) -> (B, C, H, W), in any memory format

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


def local_attention(
    query: Tensor, key: Tensor, value: Tensor, window: Window, *, scale: float = 1.0, stage: Stage | None = None
) -> Tensor:
    """Eq. 8 as a whole: scores, softmax, weighted sum.

    Args:
        query: what asks.
        key: what is asked.
        value: what is handed out.
        window: the samples.
        scale: factor of the scores.
        stage: where the affinity passes through. While nobody watches it, a GPU does all in one kernel and forms none;
            that kernel is differentiable once.

    Shape:
        query, key: (B, C, H, W); value: (B, D, H, W) -> (B, D, H, W)
    """
    if can_fuse(query, value) and not (stage and stage.watched):
        return fused_attention(query, key, value, window, scale)
    affinity = local_softmax(local_scores(query, key, window) * scale, window)
    return local_aggregate(stage(affinity) if stage else affinity, value, window)


class _LocalScores(torch.autograd.Function):
    """d/d query gathers keys, weighted by the incoming gradient; d/d key scatters queries back, weighted alike."""

    @staticmethod
    def forward(query: Tensor, key: Tensor, window: Window) -> Tensor:
        return _way(key, window).scores(query, key, window)

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
        return _way(value, window).aggregate(affinity, value, window, transposed)

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


def _way(source: Tensor, window: Window) -> ModuleType:
    """The module that computes the operators on a map like this."""
    return loops if loops.worth_loops(source, window) else bands
