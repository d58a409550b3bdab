"""What ``loops`` runs, compiled by numba; a module of its own, because importing numba takes a second.

Maps are (B, H, W, C) views with any strides or, with few channels, (B, k*k, H*W). ``window`` is the kernel, the
dilation, and 1, or -1 for the window turned round: the positions whose sample n is i. ``part`` is an image, a phase (y
modulo the dilation) and the first and last of the phase's rows to do: all samples of a phase's rows lie in its rows.
They are laid out with their channels side by side in ``near``, a buffer that stays near the cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

# Sums in any order, so that they run in vector registers; no lock is held, and the machine code is kept on disk.
_ANY_ORDER = {"reassoc", "contract", "nsz", "arcp"}
_FAST: dict[str, Any] = {"nogil": True, "fastmath": _ANY_ORDER, "error_model": "numpy", "cache": True}
_ACROSS, _DEEP = 16, 8  # of a tile: 16 floats are a cache line; lines a power of two apart share 8 places in it


@njit(**_FAST)
def scores(query: NDArray, key: NDArray, out: NDArray, window: tuple, part: tuple, near: NDArray) -> None:
    """out[b, n, i] = query[b, i] . key[b, sample n of i]."""
    size = query.shape[1:3]
    image, phase, first, last = part
    _lay_near(key, window, part, near)
    own = np.empty(query.shape[2:], query.dtype)
    place, number, there = _lists(window)
    for row in range(first, last):
        y = phase + row * window[1]
        _lay(query[image, y], own)
        out[image, :, y * size[1] : (y + 1) * size[1]] = 0
        for x in range(size[1]):
            count = _samples(y, x, size, window, (place, number, there), first)
            _dots(own[x], near, place[:count], number[:count], out[image, :, y * size[1] + x])


@njit(**_FAST)
def aggregate(affinity: NDArray, value: NDArray, out: NDArray, window: tuple, part: tuple, near: NDArray) -> None:
    """out[b, i] = sum over n of affinity[b, n, i] value[b, j], j the sample n of i; turned round, affinity[b, n, j]."""
    size = value.shape[1:3]
    image, phase, first, last = part
    _lay_near(value, window, part, near)
    place, number, there = _lists(window)
    weight = np.empty(place.size, affinity.dtype)
    for row in range(first, last):
        y = phase + row * window[1]
        for x in range(size[1]):
            count = _samples(y, x, size, window, (place, number, there), first)
            for m in range(count):
                weight[m] = affinity[image, number[m], there[m] if window[2] < 0 else y * size[1] + x]
            _mix(near, place[:count], weight, out[image, y, x])


@njit(**_FAST)
def _dots(ours: NDArray, near: NDArray, place: NDArray, number: NDArray, out: NDArray) -> None:
    """Four samples a pass: the query is read once for them."""
    zero, n = near.dtype.type(0), 0
    while n + 4 <= place.size:
        k0, k1, k2, k3 = near[place[n]], near[place[n + 1]], near[place[n + 2]], near[place[n + 3]]
        s0 = s1 = s2 = s3 = zero
        for c in range(ours.size):
            s0 += ours[c] * k0[c]
            s1 += ours[c] * k1[c]
            s2 += ours[c] * k2[c]
            s3 += ours[c] * k3[c]
        out[number[n]], out[number[n + 1]], out[number[n + 2]], out[number[n + 3]] = s0, s1, s2, s3
        n += 4
    for rest in range(n, place.size):
        k0, s0 = near[place[rest]], zero
        for c in range(ours.size):
            s0 += ours[c] * k0[c]
        out[number[rest]] = s0


@njit(**_FAST)
def _mix(near: NDArray, place: NDArray, weight: NDArray, sums: NDArray) -> None:
    """Four samples a pass: the sums are read and written once for them."""
    sums[:] = 0
    n = 0
    while n + 4 <= place.size:
        w0, w1, w2, w3 = weight[n], weight[n + 1], weight[n + 2], weight[n + 3]
        v0, v1, v2, v3 = near[place[n]], near[place[n + 1]], near[place[n + 2]], near[place[n + 3]]
        for c in range(sums.size):
            sums[c] += w0 * v0[c] + w1 * v1[c] + w2 * v2[c] + w3 * v3[c]
        n += 4
    for rest in range(n, place.size):
        w0, v0 = weight[rest], near[place[rest]]
        for c in range(sums.size):
            sums[c] += w0 * v0[c]


@njit(**_FAST)
def _lay_near(source: NDArray, window: tuple, part: tuple, out: NDArray) -> None:
    """Fill (rows * W, C): the part's rows and k // 2 of its phase above and below, where there are such."""
    height, width = source.shape[1:3]
    image, phase, first, last = part
    half = window[0] // 2
    for row in range(first - half, last + half):
        y = phase + row * window[1]
        if 0 <= y < height:
            start = (row - first + half) * width
            _lay(source[image, y], out[start : start + width])


@njit(**_FAST)
def _lay(source: NDArray, out: NDArray) -> None:
    """Copy a (W, C) row tile by tile: a whole row of both would not stay in the cache where channels are apart."""
    width, channels = source.shape
    for left in range(0, width, _ACROSS):
        for first in range(0, channels, _DEEP):
            for x in range(left, min(width, left + _ACROSS)):
                for c in range(first, min(channels, first + _DEEP)):
                    out[x, c] = source[x, c]


@njit(**_FAST)
def _lists(window: tuple) -> tuple:
    samples = window[0] * window[0]
    return np.empty(samples, np.int64), np.empty(samples, np.int64), np.empty(samples, np.int64)


@njit(**_FAST)
def _samples(y: int, x: int, size: tuple, window: tuple, lists: tuple, first: int) -> int:
    """Of the samples on the map: place in the buffer, number, and place on the map; returns how many."""
    height, width = size
    kernel, dilation, side = window
    place, number, there = lists
    half, row = kernel // 2, y // dilation - first
    count = 0
    for i in range(kernel):
        step = side * (i - half)
        v = y + step * dilation
        if v < 0 or v >= height:
            continue
        for j in range(kernel):
            u = x + side * (j - half) * dilation
            if 0 <= u < width:
                place[count] = (row + step + half) * width + u
                number[count] = i * kernel + j
                there[count] = v * width + u
                count += 1
    return count
