"""What ``loops`` runs, compiled by numba; a module of its own, because importing numba takes a second.

A call does the rows ``part`` of up to DEPTH channels of one image, (c, H, W). First it lays the rows that their samples
lie in side by side, with zeros to the left and right: ``near``, (rows, DEPTH, W and twice the reach). From there each
sample of a whole row of positions is one row of floats, read from its place on. The weights of a row of positions lie
together as well: ``weights``, (rows of the part, k*k, W). ``window`` is the kernel and the dilation.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

# Sums in any order, so that they run in vector registers; no lock is held, and the machine code is kept on disk.
_ANY_ORDER = {"reassoc", "contract", "nsz", "arcp"}
_FAST: dict[str, Any] = {"nogil": True, "fastmath": _ANY_ORDER, "error_model": "numpy", "cache": True}
DEPTH = 8  # channels of a call: a row of each, and of the samples of one row of the window, stay in the first cache


@njit(**_FAST)
def scores(query: NDArray, key: NDArray, sums: NDArray, window: tuple, part: tuple, near: NDArray) -> None:
    """Add to sums[y, n, x] the product of the query at (y, x) and the key at its sample n, over these channels."""
    kernel, dilation = window
    height, width = key.shape[1:]
    own = np.zeros((DEPTH, width), query.dtype)
    start = _lay(key, near, window, part)
    for y in range(part[0], part[1]):
        # Maps lie powers of two apart, where their rows push each other out of the cache; copies do not.
        for c in range(query.shape[0]):
            own[c] = query[c, y]
        for i in range(kernel):
            v = y + (i - kernel // 2) * dilation
            if 0 <= v < height:
                for j in range(kernel):
                    _dots(own, near[v - start], j * dilation, sums[y - part[0], i * kernel + j])


@njit(**_FAST)
def aggregate(
    weights: NDArray, value: NDArray, out: NDArray, window: tuple, side: int, part: tuple, near: NDArray
) -> None:
    """out[c, y, x] = sum over n of weights[y, n, x] times the value at sample n of (y, x); with side -1, opposite n."""
    kernel, dilation = window
    height, width = value.shape[1:]
    start, reach = _lay(value, near, window, part), kernel // 2 * dilation
    sums = np.empty((DEPTH, width), out.dtype)
    row, left, number = np.empty(kernel**2, np.int64), np.empty(kernel**2, np.int64), np.empty(kernel**2, np.int64)
    for y in range(part[0], part[1]):
        count = 0
        for n in range(kernel**2):
            v = y + side * (n // kernel - kernel // 2) * dilation
            if 0 <= v < height:
                row[count], left[count], number[count] = v - start, reach + side * (n % kernel * dilation - reach), n
                count += 1
        _mix(near, row[:count], left[:count], weights[y - part[0]], number[:count], sums)
        for c in range(value.shape[0]):
            out[c, y] = sums[c]


@njit(**_FAST)
def _dots(ours: NDArray, theirs: NDArray, left: int, sums: NDArray) -> None:
    """sums[x] += ours[:, x] . theirs[:, left + x], all DEPTH channels in one pass."""
    end = left + sums.size
    q0, q1, q2, q3, q4, q5, q6, q7 = ours[0], ours[1], ours[2], ours[3], ours[4], ours[5], ours[6], ours[7]
    k0, k1, k2, k3 = theirs[0, left:end], theirs[1, left:end], theirs[2, left:end], theirs[3, left:end]
    k4, k5, k6, k7 = theirs[4, left:end], theirs[5, left:end], theirs[6, left:end], theirs[7, left:end]
    for x in range(sums.size):
        first = q0[x] * k0[x] + q1[x] * k1[x] + q2[x] * k2[x] + q3[x] * k3[x]
        sums[x] += first + q4[x] * k4[x] + q5[x] * k5[x] + q6[x] * k6[x] + q7[x] * k7[x]


@njit(**_FAST)
def _mix(near: NDArray, row: NDArray, left: NDArray, weights: NDArray, number: NDArray, sums: NDArray) -> None:
    """sums[c, x] = sum over m of weights[number[m], x] near[row[m], c, left[m] + x].

    Five samples a pass: their weights stay in the first cache for all channels.
    """
    m = 0
    sums[:] = 0
    while m + 5 <= row.size:
        w0, w1, w2 = weights[number[m]], weights[number[m + 1]], weights[number[m + 2]]
        w3, w4 = weights[number[m + 3]], weights[number[m + 4]]
        for c in range(sums.shape[0]):
            v0, v1 = near[row[m], c, left[m] :], near[row[m + 1], c, left[m + 1] :]
            v2, v3 = near[row[m + 2], c, left[m + 2] :], near[row[m + 3], c, left[m + 3] :]
            v4, out = near[row[m + 4], c, left[m + 4] :], sums[c]
            for x in range(out.size):
                out[x] += w0[x] * v0[x] + w1[x] * v1[x] + w2[x] * v2[x] + w3[x] * v3[x] + w4[x] * v4[x]
        m += 5
    while m < row.size:
        w0 = weights[number[m]]
        for c in range(sums.shape[0]):
            v0, out = near[row[m], c, left[m] :], sums[c]
            for x in range(out.size):
                out[x] += w0[x] * v0[x]
        m += 1


@njit(**_FAST)
def _lay(source: NDArray, near: NDArray, window: tuple, part: tuple) -> int:
    """Copy the rows that the samples of the part lie in; returns the first. Channels that are not there are 0."""
    reach, width = window[0] // 2 * window[1], source.shape[2]
    start = max(part[0] - reach, 0)
    near[:, source.shape[0] :] = 0
    for c in range(source.shape[0]):
        for y in range(start, min(part[1] + reach, source.shape[1])):
            near[y - start, c, reach : reach + width] = source[c, y]
    return start
