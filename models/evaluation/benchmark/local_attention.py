"""The local attention of GALDv2 against unfolding keys and values (Li et al., TIP 2021, eq. 8)."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from models.distribution.local_attention import local_attention, local_softmax
from models.distribution.window import Window
from models.evaluation.benchmark.measure import check_repeats, describe_device, extra_bytes, hardware, in_turns

Attention = Callable[[Tensor, Tensor, Tensor, Window], Tensor]


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


def bench_local_attention(size: AttentionSize | None = None, repeats: int = 5, device: str = "cpu") -> dict[str, Any]:
    """Time and memory of the local attention of GALDv2 against unfolding keys and values.

    The implementations take turns, so that a machine that is busy for a while slows both. Threads are torch's own
    setting; they are part of the answer.

    Args:
        size: what to compute; the papers' size by default.
        repeats: timed rounds after one that warms up and counts memory.
        device: torch device.

    Returns:
        ``rows``, one for each implementation and pass: seconds (median), spread (slowest - fastest round), extra_bytes
        (most memory held at one time, less what is returned); inputs do not count. ``speedup`` and ``memory_ratio``
        (fused / unfold) of the forward pass, the same with ``_backward`` of forward and backward together,
        ``max_difference`` of the two outputs, ``size``, ``device`` and ``hardware``.

    Raises:
        ValueError: if repeats < 1.
    """
    check_repeats(repeats)
    size = size or AttentionSize()
    inputs = _inputs(size, device)
    runs = {
        (name, label): partial(run, attention, inputs, size.window)
        for name, attention in IMPLEMENTATIONS.items()
        for label, run in {"forward": _forward, "forward+backward": _forward_backward}.items()
    }
    extra = {key: extra_bytes(run, inputs) for key, run in runs.items()}
    seconds = in_turns(runs, repeats, device)
    return {
        "name": "local-attention",
        "device": describe_device(device),
        "hardware": hardware(device),
        "size": asdict(size),
        "rows": [_row(key, seconds[key], extra[key]) for key in runs],
        **_ratios(seconds, extra),
        "max_difference": _max_difference(inputs, size.window),
    }


def unfold_attention(query: Tensor, key: Tensor, value: Tensor, window: Window) -> Tensor:
    """Eq. 8 of the TIP paper the plain way: unfold, multiply, sum.

    A product and a sum, as einsum over the unfolded tensor takes twenty times longer on a CPU.

    Shape:
        query, key, value: (B, C, H, W) -> (B, C, H, W)
    """
    scores = (query.unsqueeze(2) * _unfolded(key, window)).sum(dim=1)
    affinity = local_softmax(scores, window)
    return (affinity.unsqueeze(1) * _unfolded(value, window)).sum(dim=2)


IMPLEMENTATIONS: Mapping[str, Attention] = {"unfold": unfold_attention, "fused": local_attention}


def _unfolded(source: Tensor, window: Window) -> Tensor:
    batch, channels, height, width = source.shape
    columns = F.unfold(source, window.kernel, dilation=window.dilation, padding=window.reach)
    return columns.view(batch, channels, window.samples, height, width)


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


def _row(key: tuple[str, str], seconds: list[float], extra: int) -> dict[str, Any]:
    return {
        "implementation": key[0],
        "pass": key[1],
        "seconds": statistics.median(seconds),
        "spread": max(seconds) - min(seconds),
        "extra_bytes": extra,
    }


def _ratios(seconds: Mapping[tuple[str, str], list[float]], extra: Mapping[tuple[str, str], int]) -> dict[str, float]:
    ratios = {}
    for label, suffix in {"forward": "", "forward+backward": "_backward"}.items():
        plain, fused = ("unfold", label), ("fused", label)
        ratios[f"speedup{suffix}"] = statistics.median(seconds[plain]) / statistics.median(seconds[fused])
        ratios[f"memory_ratio{suffix}"] = extra[fused] / extra[plain]
    return ratios


def _max_difference(inputs: list[Tensor], window: Window) -> float:
    unfold, fused = (_forward(attention, inputs, window)[0] for attention in IMPLEMENTATIONS.values())
    return (unfold - fused).abs().max().item()
