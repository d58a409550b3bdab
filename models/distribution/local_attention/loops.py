"""The two operators of local attention as compiled loops: for large maps on a CPU, where numba is installed.

The rows y, y + r, y + 2r, ... of an image are a part of the work: their samples lie in these rows alone, which are laid
out with each position's channels side by side. One pass over them serves four samples of the window. A map of k*k
copies never exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from itertools import pairwise, product
from queue import SimpleQueue

import torch
from torch import Tensor

from models.distribution.window import Window

# Multiply-adds of one operator from which the loops are worth it: below, the first call's loading would be felt.
LEAST_WORK = 2**26
_PARTS = 3  # for each thread at least: one that another program holds up does fewer of them


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
    dtype = torch.promote_types(query.dtype, key.dtype)
    wide = torch.promote_types(dtype, torch.float32)
    out = torch.empty(query.shape[0], window.samples, *query.shape[2:], dtype=wide)
    _in_parts("scores", (_last(query, wide), _last(key, wide), out.flatten(2)), query.shape, window)
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
    _in_parts("aggregate", (weights, _last(value, wide), _last(out, wide)), value.shape, window, transposed)
    return out.to(dtype)


@cache
def _has_numba() -> bool:
    return find_spec("numba") is not None


def _in_parts(name: str, tensors: tuple[Tensor, ...], shape: torch.Size, window: Window, turned: bool = False) -> None:
    """Run a kernel over all rows of all images, on as many threads as torch uses; it does not hold Python's lock."""
    from models.distribution.local_attention import kernels

    kernel, threads = getattr(kernels, name), torch.get_num_threads()
    arrays = [tensor.numpy() for tensor in tensors]
    samples = (window.kernel, window.dilation, -1 if turned else 1)
    parts = list(_parts(shape, window, _PARTS * threads))
    rows = max(last - first for *_, first, last in parts) + 2 * (window.kernel // 2)
    buffers: SimpleQueue[Tensor] = SimpleQueue()
    for _ in range(threads):
        buffers.put(torch.empty(rows * shape[3], shape[1], dtype=tensors[1].dtype))

    def run(part: tuple[int, int, int, int]) -> None:
        buffer = buffers.get()
        kernel(*arrays, samples, part, buffer.numpy())
        buffers.put(buffer)

    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(run, parts):
            pass


def _parts(shape: torch.Size, window: Window, least: int) -> Iterator[tuple[int, int, int, int]]:
    """Image, phase, first and last row of its rows; phases are cut until there are parts for every thread."""
    images, height = shape[0], shape[2]
    phases = min(window.dilation, height)
    cuts = -(-least // (images * phases))
    for image, phase in product(range(images), range(phases)):
        rows = len(range(phase, height, window.dilation))
        ends = [rows * cut // cuts for cut in range(cuts + 1)]
        yield from ((image, phase, first, last) for first, last in pairwise(ends) if first < last)


def _last(source: Tensor, dtype: torch.dtype) -> Tensor:
    """View of a (B, C, H, W) map as (B, H, W, C), in a type that the kernels know."""
    return source.detach().to(dtype).permute(0, 2, 3, 1)
