"""Seconds of every operation of a non-local block and of APNB, on this machine (ANN, Fig. 2)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from models.aggregation.asymmetric import AnchorSampling
from models.config import AsymmetricConfig
from models.device import find_device

OPERATIONS = ("convolutions", "sampling", "product 1", "softmax", "product 2")
BLOCKS = ("NB", "APNB")


def operation_seconds(
    size: tuple[int, int], channels: int = 2048, inner: int = 256, repeats: int = 3, device: str = "auto"
) -> dict[str, dict[str, float]]:
    """Fastest of some runs of each operation: block -> operation -> seconds.

    Both blocks have the 1x1 convolutions of query, of key and value together, and of the output (eq. 1 to 5); product 1
    is of query and key, product 2 of weights and value. The non-local block forms its N x N matrix.

    Args:
        size: height and width of the map.
        channels: C of the map.
        inner: C' of query, key and value.
        repeats: runs of each.
        device: as find_device has it.

    Raises:
        ValueError: if repeats < 1, or there is no such device.
    """
    if repeats < 1:
        raise ValueError(f"repeats is {repeats}, must be >= 1.")
    where = torch.device(find_device(device))
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(1, channels, *size, generator=generator).to(where)
    reduce = torch.randn(inner, channels, 1, 1, generator=generator).to(where) / channels**0.5
    expand = torch.randn(channels, inner, 1, 1, generator=generator).to(where) / inner**0.5
    sample = AnchorSampling(AsymmetricConfig()).eval()

    def keep(key: Tensor) -> Tensor:
        return key.flatten(2)

    def anchors(key: Tensor) -> Tensor:
        return sample(key)[0]

    with torch.inference_mode():
        runs = [[_run(features, (reduce, expand), take) for take in (keep, anchors)] for _ in range(repeats)]
    return {
        block: {name: min(run[place][name] for run in runs) for name in OPERATIONS}
        for place, block in enumerate(BLOCKS)
    }


def _run(features: Tensor, weights: Sequence[Tensor], take: Callable[[Tensor], Tensor]) -> dict[str, float]:
    """One forward pass, operation by operation."""
    seconds: dict[str, float] = {}
    reduce, expand = weights

    def timed(name: str, work: Callable[[], Tensor]) -> Tensor:
        _wait(features)
        start = time.perf_counter()
        result = work()
        _wait(features)
        seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - start
        return result

    query = timed("convolutions", lambda: F.conv2d(features, reduce)).flatten(2)
    key = timed("convolutions", lambda: F.conv2d(features, reduce))
    chosen = timed("sampling", lambda: take(key))
    scores = timed("product 1", lambda: query.transpose(1, 2) @ chosen)
    shares = timed("softmax", lambda: scores.softmax(dim=2))
    context = timed("product 2", lambda: chosen @ shares.transpose(1, 2)).unflatten(2, features.shape[-2:])
    timed("convolutions", lambda: F.conv2d(context, expand))
    return seconds


def _wait(tensor: Tensor) -> None:
    if tensor.is_cuda:
        torch.cuda.synchronize()
