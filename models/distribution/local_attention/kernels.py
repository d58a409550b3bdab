"""What ``loops`` runs, compiled by numba; a module of its own, because importing numba takes a second.

Maps are (B, H*W, C) or, with few channels, (B, k*k, H*W). ``size`` is (H, W); ``window`` is the kernel, the dilation,
and 1, or -1 for the window turned round: the positions whose sample n is i. ``lines`` are the rows to do, b * H + y.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

# Sums in any order, so that they run in vector registers; no lock is held, and the machine code is kept on disk.
_FAST: dict[str, Any] = {
    "nogil": True,
    "fastmath": {"reassoc", "contract", "nsz", "arcp"},
    "error_model": "numpy",
    "cache": True,
}
_TILE = 16  # positions and channels: 16 floats are a cache line


@njit(**_FAST)
def scores(query: NDArray, key: NDArray, out: NDArray, size: tuple, window: tuple, lines: tuple) -> None:
    """out[b, n, i] = query[b, i] . key[b, sample n of i]."""
    height, width = size
    zero = query.dtype.type(0)
    place, number = _lists(window)
    for line in range(lines[0], lines[1]):
        b, y = line // height, line % height
        out[b, :, y * width : (y + 1) * width] = zero
        for x in range(width):
            i = y * width + x
            ours = query[b, i]
            count, n = _samples(i, size, window, place, number), 0
            while n + 4 <= count:
                k0, k1, k2, k3 = key[b, place[n]], key[b, place[n + 1]], key[b, place[n + 2]], key[b, place[n + 3]]
                s0 = s1 = s2 = s3 = zero
                for c in range(ours.size):
                    s0 += ours[c] * k0[c]
                    s1 += ours[c] * k1[c]
                    s2 += ours[c] * k2[c]
                    s3 += ours[c] * k3[c]
                out[b, number[n], i], out[b, number[n + 1], i] = s0, s1
                out[b, number[n + 2], i], out[b, number[n + 3], i] = s2, s3
                n += 4
            for rest in range(n, count):
                k0, s0 = key[b, place[rest]], zero
                for c in range(ours.size):
                    s0 += ours[c] * k0[c]
                out[b, number[rest], i] = s0


@njit(**_FAST)
def aggregate(affinity: NDArray, value: NDArray, out: NDArray, size: tuple, window: tuple, lines: tuple) -> None:
    """out[b, i] = sum over n of affinity[b, n, i] value[b, j], j the sample n of i; turned round, affinity[b, n, j]."""
    height, width = size
    place, number = _lists(window)
    weight = np.empty(place.size, affinity.dtype)
    for line in range(lines[0], lines[1]):
        b, y = line // height, line % height
        for x in range(width):
            i = y * width + x
            count, n = _samples(i, size, window, place, number), 0
            for m in range(count):
                weight[m] = affinity[b, number[m], place[m] if window[2] < 0 else i]
            sums = out[b, i]
            sums[:] = 0
            while n + 4 <= count:
                w0, w1, w2, w3 = weight[n], weight[n + 1], weight[n + 2], weight[n + 3]
                v0, v1, v2, v3 = (
                    value[b, place[n]],
                    value[b, place[n + 1]],
                    value[b, place[n + 2]],
                    value[b, place[n + 3]],
                )
                for c in range(sums.size):
                    sums[c] += w0 * v0[c] + w1 * v1[c] + w2 * v2[c] + w3 * v3[c]
                n += 4
            for rest in range(n, count):
                w0, v0 = weight[rest], value[b, place[rest]]
                for c in range(sums.size):
                    sums[c] += w0 * v0[c]


@njit(**_FAST)
def transpose(source: NDArray, out: NDArray, size: tuple, _window: tuple, lines: tuple) -> None:
    """out[b, i, c] = source[b, c, i], tile by tile: a whole row of both would not stay in the cache."""
    height, width = size
    channels = source.shape[1]
    for line in range(lines[0], lines[1]):
        b, y = line // height, line % height
        for first in range(0, channels, _TILE):
            for left in range(0, width, _TILE):
                for x in range(left, min(width, left + _TILE)):
                    for c in range(first, min(channels, first + _TILE)):
                        out[b, y * width + x, c] = source[b, c, y, x]


@njit(**_FAST)
def _lists(window: tuple) -> tuple:
    samples = window[0] * window[0]
    return np.empty(samples, np.int64), np.empty(samples, np.int64)


@njit(**_FAST)
def _samples(position: int, size: tuple, window: tuple, place: NDArray, number: NDArray) -> int:
    """Where the samples of a position lie that are on the map, and which they are; returns how many."""
    height, width = size
    kernel, step = window[0], window[1] * window[2]
    y, x = position // width, position % width
    count = 0
    for i in range(kernel):
        row = y + (i - kernel // 2) * step
        if row < 0 or row >= height:
            continue
        for j in range(kernel):
            column = x + (j - kernel // 2) * step
            if 0 <= column < width:
                place[count] = row * width + column
                number[count] = i * kernel + j
                count += 1
    return count
