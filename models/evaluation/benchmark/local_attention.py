"""The local attention of GALDv2 (Li et al., TIP 2021, eq. 8) against other ways to write it, and against the memory.

The least that any of them can take is the time in which query, key and value are read and the answer is written.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor

from models.distribution.local_attention import local_attention
from models.distribution.window import Window
from models.evaluation.benchmark.local_attention_peers import (
    Attention,
    block_sparse_attention,
    shifted_attention,
    unfold_attention,
)
from models.evaluation.benchmark.measure import (
    check_repeats,
    describe_device,
    extra_bytes,
    hardware,
    in_turns,
    ratios,
    timing,
    wait,
)

_COPIED = 2**26  # elements: more than any cache holds
DTYPES = ("float32", "float16", "bfloat16")


@dataclass(frozen=True, slots=True)
class AttentionSize:
    """Size of a local attention; the defaults are a Cityscapes image at output stride 8 and the papers' widths.

    Attributes:
        batch: B.
        channels: C' of query, key and value.
        height: H, cells.
        width: W, cells.
        window: neighbours of a position.

    Raises:
        ValueError: if a size is < 1.
    """

    batch: int = 1
    channels: int = 256
    height: int = 128
    width: int = 256
    window: Window = field(default_factory=Window)

    def __post_init__(self) -> None:
        if min(self.shape) < 1:
            raise ValueError(f"(batch, channels, height, width) is {self.shape}; all must be >= 1.")

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(B, C, H, W) of query, key and value."""
        return self.batch, self.channels, self.height, self.width


def bench_local_attention(
    size: AttentionSize | None = None, repeats: int = 5, device: str = "cpu", dtype: str = "float32"
) -> dict[str, Any]:
    """Time and memory of the local attention of GALDv2 against unfolding keys and values, and other peers.

    The implementations take turns, so that a machine that is busy for a while slows both. Threads are torch's own
    setting; they are part of the answer.

    Args:
        size: what to compute; the papers' size by default.
        repeats: timed rounds after one that warms up and counts memory.
        device: torch device.
        dtype: of the maps, one of DTYPES.

    Returns:
        ``rows``, one for each implementation and pass: seconds (median), spread (slowest - fastest round), speedup
        over unfolding in the same round (median, low, high), memory_ratio to it, extra_bytes
        (most memory held at one time, less what is returned); inputs do not count. ``speedup`` and ``memory_ratio``
        (fused / unfold) of the forward pass, the same with ``_backward`` of forward and backward together,
        ``max_difference`` of these two outputs, ``size``, ``dtype``, ``device`` and ``hardware``. ``speedup_`` and
        ``speedup_backward_`` with a peer's name: against that peer. ``bound``: bytes of query, key, value and answer,
        ``copy_rate`` of the device in bytes a second, the seconds that they take at that rate, and the ``share`` of
        the fused forward pass that this is.

    Raises:
        ValueError: if repeats < 1 or the dtype is unknown.
    """
    check_repeats(repeats)
    if dtype not in DTYPES:
        raise ValueError(f"dtype is {dtype!r}, must be one of {DTYPES}.")
    size = size or AttentionSize()
    inputs = [tensor.to(getattr(torch, dtype)).detach().requires_grad_() for tensor in _inputs(size, device)]
    runs = {
        (name, label): partial(run, attention, inputs, size.window)
        for name, attention in implementations(device).items()
        for label, run in {"forward": _forward, "forward+backward": _forward_backward}.items()
    }
    extra = {key: extra_bytes(run, inputs) for key, run in runs.items()}
    seconds = in_turns(runs, repeats, device)
    return {
        "name": "local-attention",
        "device": describe_device(device),
        "hardware": hardware(device),
        "size": asdict(size),
        "dtype": dtype,
        "rows": [_row(key, seconds, extra) for key in runs],
        **_ratios(seconds, extra),
        "bound": _bound(inputs, statistics.median(seconds["fused", "forward"]), device),
        "max_difference": _max_difference(inputs, size.window),
    }


def implementations(device: str) -> dict[str, Attention]:
    """What is measured there; block-sparse only where it is compiled."""
    block_sparse = {"block-sparse": block_sparse_attention} if torch.device(device).type == "cuda" else {}
    return {"unfold": unfold_attention, "shifted": shifted_attention, **block_sparse, "fused": local_attention}


def _inputs(size: AttentionSize, device: str) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    # Scores of standard deviation 1, so that the softmax is neither flat nor a single sample.
    tensors = [torch.randn(size.shape, generator=generator) * size.channels**-0.25 for _ in range(3)]
    return [tensor.to(device).requires_grad_() for tensor in tensors]


def _forward(attention: Attention, inputs: list[Tensor], window: Window) -> tuple[Tensor, ...]:
    with torch.no_grad():
        return (attention(inputs[0], inputs[1], inputs[2], window),)


def _forward_backward(attention: Attention, inputs: list[Tensor], window: Window) -> tuple[Tensor, ...]:
    out = attention(inputs[0], inputs[1], inputs[2], window)
    # Any map of the right size will do as the incoming gradient; an input takes no memory of its own.
    return out, *torch.autograd.grad(out, inputs, inputs[0].detach())


def _row(
    key: tuple[str, str], seconds: Mapping[tuple[str, str], list[float]], extra: Mapping[tuple[str, str], int]
) -> dict[str, Any]:
    plain = ("unfold", key[1])
    faster = ratios(seconds[plain], seconds[key])
    return {
        "implementation": key[0],
        "pass": key[1],
        **timing(seconds[key]),
        "speedup": faster["ratio"],
        "speedup_low": faster["ratio_low"],
        "speedup_high": faster["ratio_high"],
        "extra_bytes": extra[key],
        "memory_ratio": extra[key] / extra[plain],
    }


def _ratios(seconds: Mapping[tuple[str, str], list[float]], extra: Mapping[tuple[str, str], int]) -> dict[str, float]:
    found = {}
    for label, suffix in {"forward": "", "forward+backward": "_backward"}.items():
        fused = statistics.median(seconds["fused", label])
        found[f"speedup{suffix}"] = statistics.median(seconds["unfold", label]) / fused
        found[f"memory_ratio{suffix}"] = extra["fused", label] / extra["unfold", label]
        for peer in {name for name, _ in seconds} - {"unfold", "fused"}:
            found[f"speedup{suffix}_{peer}"] = statistics.median(seconds[peer, label]) / fused
    return found


def _bound(inputs: list[Tensor], fused: float, device: str) -> dict[str, float]:
    moved = sum(tensor.nbytes for tensor in inputs) + inputs[2].nbytes
    rate = _copy_rate(device)
    return {"bytes": moved, "copy_rate": rate, "seconds": moved / rate, "share": moved / rate / fused}


def _copy_rate(device: str, rounds: int = 5) -> float:
    """Bytes a second that a copy reads and writes, the fastest of some."""
    source = torch.zeros(_COPIED, device=device)
    target, found = torch.zeros_like(source), []
    for _ in range(rounds):
        wait(device)
        start = time.perf_counter()
        target.copy_(source)
        wait(device)
        found.append(2 * source.nbytes / (time.perf_counter() - start))
    return max(found)


def _max_difference(inputs: list[Tensor], window: Window) -> float:
    unfold, fused = (_forward(attention, inputs, window)[0] for attention in (unfold_attention, local_attention))
    return (unfold - fused).abs().max().item()
