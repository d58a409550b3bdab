"""The two operators of local attention as compiled loops: for large maps on a CPU, where numba is installed.

A few channels at a time are laid out row by row, so that each sample of a whole row of positions is a run of floats,
and every thread takes some of these blocks of channels. A map of k*k copies never exists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from importlib.util import find_spec
from itertools import product
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.distribution.window import Window

# Multiply-adds of one operator from which the loops are worth it: below, the first call's loading would be felt.
LEAST_WORK = 2**26
_NEAR = 2**19  # elements of what a thread lays out: 2 MB of float32 are near its cache

Part = tuple[int, int]  # first row of an image, and the one behind the last
Result = TypeVar("Result")


def worth_loops(source: Tensor, window: Window) -> bool:
    """Whether loops beat matrix products on a map (B, C, H, W), and can run: on a CPU, with numba, not compiled.

    A tensor that only pretends to have memory, such as a FakeTensor, is of a type of its own.
    """
    held = type(source) is Tensor and source.device.type == "cpu" and not torch.compiler.is_compiling()
    return held and source.numel() * window.samples >= LEAST_WORK and _has_numba()


def scores(query: Tensor, key: Tensor, window: Window) -> Tensor:
    """Dot product of the query at i with the key at each sample of i; 0 for a sample outside the map.

    Shape:
        query, key: (B, C, H, W) -> (B, k*k, H, W); float16 and bfloat16 are summed in float32
    """
    from models.distribution.local_attention import kernels

    dtype, wide = _types(query, key)
    ours, theirs = _planes(query, wide).numpy(), _planes(key, wide).numpy()
    out = torch.empty(query.shape[0], window.samples, *query.shape[2:], dtype=wide)

    def over(image: int, part: Part, blocks: Sequence[slice]) -> Tensor:
        sums, near = torch.zeros(_rows(part, window, out), dtype=wide), _near(theirs, window, part)
        for block in blocks:
            kernels.scores(ours[image, block], theirs[image, block], sums.numpy(), _size(window), part, near)
        return sums

    for image, part in _places(query.shape, window):
        found = _on_threads(partial(over, image, part), query.shape[1])
        out[image, :, part[0] : part[1]] = sum(found[1:], found[0]).transpose(0, 1)
    return out.to(dtype)


def aggregate(affinity: Tensor, value: Tensor, window: Window, transposed: bool) -> Tensor:
    """Sum of the values at the samples of i by its affinity; transposed, at the positions whose sample i is, by theirs.

    Shape:
        affinity: (B, k*k, H, W); value: (B, C, H, W) -> (B, C, H, W), one channel after the other in memory
    """
    from models.distribution.local_attention import kernels

    dtype, wide = _types(affinity, value)
    source, out = _planes(value, wide).numpy(), torch.empty(value.shape, dtype=wide)

    def over(image: int, part: Part, weights: NDArray, blocks: Sequence[slice]) -> None:
        near, filled, side = _near(source, window, part), out.numpy(), -1 if transposed else 1
        for block in blocks:
            kernels.aggregate(weights, source[image, block], filled[image, block], _size(window), side, part, near)

    for image, part in _places(value.shape, window):
        weights = torch.zeros(_rows(part, window, out), dtype=wide)
        _lay_weights(affinity[image].detach(), window, part, transposed, weights)
        _on_threads(partial(over, image, part, weights.numpy()), value.shape[1])
    return out.to(dtype)


@cache
def _has_numba() -> bool:
    return find_spec("numba") is not None


def _types(*operands: Tensor) -> tuple[torch.dtype, torch.dtype]:
    """Of the answer, and of the sums."""
    dtype = torch.promote_types(operands[0].dtype, operands[1].dtype)
    return dtype, torch.promote_types(dtype, torch.float32)


def _planes(source: Tensor, dtype: torch.dtype) -> Tensor:
    """One channel after the other."""
    return source.detach().to(dtype).contiguous()


def _places(shape: torch.Size, window: Window) -> Iterator[tuple[int, Part]]:
    """Images and their rows, cut so that what a thread lays out of them stays near its cache."""
    from models.distribution.local_attention.kernels import DEPTH

    rows = max(4 * window.reach, _NEAR // (DEPTH * (shape[3] + 2 * window.reach)), 1)
    for image, first in product(range(shape[0]), range(0, shape[2], rows)):
        yield image, (first, min(first + rows, shape[2]))


def _near(source: NDArray, window: Window, part: Part) -> NDArray:
    """Room for the samples of a part, 0 where no map will be."""
    from models.distribution.local_attention.kernels import DEPTH

    rows = min(part[1] - part[0] + 2 * window.reach, source.shape[2])
    return np.zeros((rows, DEPTH, source.shape[3] + 2 * window.reach), source.dtype)


def _rows(part: Part, window: Window, out: Tensor) -> tuple[int, int, int]:
    return part[1] - part[0], window.samples, out.shape[3]


def _size(window: Window) -> tuple[int, int]:
    return window.kernel, window.dilation


def _lay_weights(affinity: Tensor, window: Window, part: Part, transposed: bool, out: Tensor) -> None:
    """Copy the (k*k, H, W) affinity of the part's positions, or that of the positions whose sample n they are."""
    if not transposed:
        out.copy_(affinity[:, part[0] : part[1]].transpose(0, 1))
        return
    height, width = affinity.shape[1:]
    for n, (dy, dx) in enumerate(window.offsets()):
        top, bottom = max(part[0], dy), min(part[1], height + dy)
        left, right = max(dx, 0), min(width, width + dx)
        if top < bottom and left < right:
            rows = slice(top - part[0], bottom - part[0])
            out[rows, n, left:right] = affinity[n, top - dy : bottom - dy, left - dx : right - dx]


def _on_threads(work: Callable[[Sequence[slice]], Result], channels: int) -> list[Result]:
    """Share the blocks of channels among as many threads as torch uses; the kernels do not hold Python's lock.

    A thread has the same blocks every time, so that sums over them are the same to the last bit.
    """
    from models.distribution.local_attention.kernels import DEPTH

    blocks = [slice(first, min(first + DEPTH, channels)) for first in range(0, channels, DEPTH)]
    threads = min(torch.get_num_threads(), len(blocks))
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, (blocks[each::threads] for each in range(threads))))
