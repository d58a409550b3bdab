"""What ``fused`` runs on a GPU, compiled by Triton; a module of its own, because Triton is not everywhere.

Maps are (B, H, W, C), channels side by side. A program has a tile of ``TALL`` x ``WIDE`` positions, takes ``CHANNELS``
of their channels at a time, and keeps the weights of all samples in registers; the samples of neighbours overlap, so
most of them come from the cache. ``SAMPLES`` is k*k rounded up to a power of two.
"""

from __future__ import annotations

import os

import triton
import triton.language as tl

# The interpreter, which runs the kernels without a GPU, cannot time them.
_INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
_TILES = ((2, 2, 16, 1),) if _INTERPRETED else ((1, 16, 64, 4), (1, 32, 32, 4), (4, 8, 32, 4), (8, 8, 32, 8))
_CONFIGS = [
    triton.Config({"TALL": tall, "WIDE": wide, "CHANNELS": channels}, num_warps=warps)
    for tall, wide, channels, warps in _TILES
]
_KEY = ["height", "width", "channels", "KERNEL", "STEP"]


@triton.jit
def _tile(height, width, TALL: tl.constexpr, WIDE: tl.constexpr):
    """Image, row, column of each position of this program's tile, and whether it is on the map."""
    across = tl.cdiv(width, WIDE)
    inner = tl.arange(0, TALL * WIDE)
    y = tl.program_id(0) // across * TALL + inner // WIDE
    x = tl.program_id(0) % across * WIDE + inner % WIDE
    return tl.program_id(1), y, x, (y < height) & (x < width)


@triton.jit
def _sample(y, x, on, height, width, number, KERNEL: tl.constexpr, STEP: tl.constexpr):
    """Row and column of sample number ``number`` of each position, and whether both are on the map."""
    row = y + (number // KERNEL - KERNEL // 2) * STEP
    column = x + (number % KERNEL - KERNEL // 2) * STEP
    return row, column, on & (row >= 0) & (row < height) & (column >= 0) & (column < width)


@triton.jit
def _load(source, image, y, x, first, on, height, width, channels, CHANNELS: tl.constexpr):
    """(positions, CHANNELS) of a map in float32, 0 off the map."""
    c = first + tl.arange(0, CHANNELS)
    place = ((image * height + y) * width + x).to(tl.int64)
    mask = on[:, None] & (c < channels)[None, :]
    return tl.load(source + place[:, None] * channels + c[None, :], mask=mask, other=0.0).to(tl.float32)


@triton.jit
def _store(target, value, image, y, x, first, on, height, width, channels, CHANNELS: tl.constexpr):
    c = first + tl.arange(0, CHANNELS)
    place = ((image * height + y) * width + x).to(tl.int64)
    mask = on[:, None] & (c < channels)[None, :]
    tl.store(target + place[:, None] * channels + c[None, :], value.to(target.dtype.element_ty), mask=mask)


@triton.jit
def _products(
    left, right, image, y, x, on, height, width, channels,
    KERNEL: tl.constexpr, STEP: tl.constexpr, SAMPLES: tl.constexpr,
    TALL: tl.constexpr, WIDE: tl.constexpr, CHANNELS: tl.constexpr,
):  # fmt: skip
    """(positions, SAMPLES): dot product of left at i with right at each sample of i."""
    number = tl.arange(0, SAMPLES)
    products = tl.zeros((TALL * WIDE, SAMPLES), tl.float32)
    for first in range(0, channels, CHANNELS):
        ours = _load(left, image, y, x, first, on, height, width, channels, CHANNELS)
        for n in tl.range(0, KERNEL * KERNEL, loop_unroll_factor=KERNEL):
            row, column, inside = _sample(y, x, on, height, width, n, KERNEL, STEP)
            theirs = _load(right, image, row, column, first, inside, height, width, channels, CHANNELS)
            products += tl.where(number[None, :] == n, tl.sum(ours * theirs, axis=1)[:, None], 0.0)
    return products


@triton.jit
def _counted(
    y, x, on, height, width,
    KERNEL: tl.constexpr, STEP: tl.constexpr, SAMPLES: tl.constexpr, EXCLUDE: tl.constexpr,
):  # fmt: skip
    """(positions, SAMPLES): which samples the softmax is over."""
    number = tl.arange(0, SAMPLES)[None, :]
    row = y[:, None] + (number // KERNEL - KERNEL // 2) * STEP
    column = x[:, None] + (number % KERNEL - KERNEL // 2) * STEP
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    counted = (number < KERNEL * KERNEL) & (on[:, None] | (number == 0))
    return counted & (inside | (on[:, None] == 0)) if EXCLUDE else counted


@triton.autotune(configs=_CONFIGS, key=_KEY)
@triton.jit
def forward(
    query, key, value, out, total, height, width, channels, scale,
    KERNEL: tl.constexpr, STEP: tl.constexpr, SAMPLES: tl.constexpr, EXCLUDE: tl.constexpr,
    TALL: tl.constexpr, WIDE: tl.constexpr, CHANNELS: tl.constexpr,
):  # fmt: skip
    """out = softmax(scale * scores) times the values; total is the logarithm of each softmax's denominator."""
    image, y, x, on = _tile(height, width, TALL, WIDE)
    scores = scale * _products(
        query, key, image, y, x, on, height, width, channels, KERNEL, STEP, SAMPLES, TALL, WIDE, CHANNELS
    )
    scores = tl.where(_counted(y, x, on, height, width, KERNEL, STEP, SAMPLES, EXCLUDE), scores, -float("inf"))
    most = tl.max(scores, axis=1)
    weights = tl.exp(scores - most[:, None])
    sums = tl.sum(weights, axis=1)
    weights = weights / sums[:, None]
    tl.store(total + ((image * height + y) * width + x).to(tl.int64), most + tl.log(sums), mask=on)
    number = tl.arange(0, SAMPLES)
    for first in range(0, channels, CHANNELS):
        mixed = tl.zeros((TALL * WIDE, CHANNELS), tl.float32)
        for n in tl.range(0, KERNEL * KERNEL, loop_unroll_factor=KERNEL):
            row, column, inside = _sample(y, x, on, height, width, n, KERNEL, STEP)
            weight = tl.sum(tl.where(number[None, :] == n, weights, 0.0), axis=1)
            theirs = _load(value, image, row, column, first, inside, height, width, channels, CHANNELS)
            mixed += weight[:, None] * theirs
        _store(out, mixed, image, y, x, first, on, height, width, channels, CHANNELS)


@triton.autotune(configs=_CONFIGS, key=_KEY)
@triton.jit
def backward_of_query(
    query, key, value, incoming, total, affinity, slope, to_query, height, width, channels, scale,
    KERNEL: tl.constexpr, STEP: tl.constexpr, SAMPLES: tl.constexpr, EXCLUDE: tl.constexpr,
    TALL: tl.constexpr, WIDE: tl.constexpr, CHANNELS: tl.constexpr,
):  # fmt: skip
    """The query's gradient; affinity and slope, d loss / d score before the scale, are kept for the other two."""
    image, y, x, on = _tile(height, width, TALL, WIDE)
    place = ((image * height + y) * width + x).to(tl.int64)
    number = tl.arange(0, SAMPLES)
    scores = scale * _products(
        query, key, image, y, x, on, height, width, channels, KERNEL, STEP, SAMPLES, TALL, WIDE, CHANNELS
    )
    scores = tl.where(_counted(y, x, on, height, width, KERNEL, STEP, SAMPLES, EXCLUDE), scores, -float("inf"))
    weights = tl.exp(scores - tl.load(total + place, mask=on, other=0.0)[:, None])
    reward = _products(
        incoming, value, image, y, x, on, height, width, channels, KERNEL, STEP, SAMPLES, TALL, WIDE, CHANNELS
    )
    slopes = scale * weights * (reward - tl.sum(weights * reward, axis=1)[:, None])
    mask = on[:, None] & (number < KERNEL * KERNEL)[None, :]
    tl.store(affinity + place[:, None] * (KERNEL * KERNEL) + number[None, :], weights, mask=mask)
    tl.store(slope + place[:, None] * (KERNEL * KERNEL) + number[None, :], slopes, mask=mask)
    for first in range(0, channels, CHANNELS):
        mixed = tl.zeros((TALL * WIDE, CHANNELS), tl.float32)
        for n in tl.range(0, KERNEL * KERNEL, loop_unroll_factor=KERNEL):
            row, column, inside = _sample(y, x, on, height, width, n, KERNEL, STEP)
            one = tl.sum(tl.where(number[None, :] == n, slopes, 0.0), axis=1)
            mixed += one[:, None] * _load(key, image, row, column, first, inside, height, width, channels, CHANNELS)
        _store(to_query, mixed, image, y, x, first, on, height, width, channels, CHANNELS)


@triton.autotune(configs=_CONFIGS, key=_KEY)
@triton.jit
def backward_of_key_and_value(
    query, incoming, affinity, slope, to_key, to_value, height, width, channels,
    KERNEL: tl.constexpr, STEP: tl.constexpr,
    TALL: tl.constexpr, WIDE: tl.constexpr, CHANNELS: tl.constexpr,
):  # fmt: skip
    """Each position gathers from those whose sample it is, so that no two programs write to one place."""
    image, y, x, on = _tile(height, width, TALL, WIDE)
    for first in range(0, channels, CHANNELS):
        keys = tl.zeros((TALL * WIDE, CHANNELS), tl.float32)
        values = tl.zeros((TALL * WIDE, CHANNELS), tl.float32)
        for n in tl.range(0, KERNEL * KERNEL, loop_unroll_factor=KERNEL):
            # i has this position as its sample n where i is this position's sample on the other side.
            row, column, inside = _sample(y, x, on, height, width, KERNEL * KERNEL - 1 - n, KERNEL, STEP)
            there = ((image * height + row) * width + column).to(tl.int64) * (KERNEL * KERNEL) + n
            one = tl.load(slope + there, mask=inside, other=0.0)
            keys += one[:, None] * _load(query, image, row, column, first, inside, height, width, channels, CHANNELS)
            one = tl.load(affinity + there, mask=inside, other=0.0)
            values += one[:, None] * _load(
                incoming, image, row, column, first, inside, height, width, channels, CHANNELS
            )
        _store(to_key, keys, image, y, x, first, on, height, width, channels, CHANNELS)
        _store(to_value, values, image, y, x, first, on, height, width, channels, CHANNELS)
