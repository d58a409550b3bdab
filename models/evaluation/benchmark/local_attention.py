"""Benchmarks: what an operator costs, against the plain way to compute the same, in one run on one machine.

``gald bench NAME`` prints what these functions return.
"""

from __future__ import annotations

import platform
import statistics
import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from models.distribution.local_attention import local_attention, local_softmax
from models.distribution.window import Window

Attention = Callable[[Tensor, Tensor, Tensor, Window], Tensor]
Run = Callable[[], tuple[Tensor, ...]]


@dataclass(frozen=True, slots=True)
class AttentionSize:
    """Size of a local attention; the defaults are a Cityscapes image at output stride 8 and the papers' widths.

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
    if repeats < 1:
        raise ValueError(f"repeats is {repeats}, must be >= 1.")
    size = size or AttentionSize()
    inputs = _inputs(size, device)
    runs = {
        (name, label): partial(run, attention, inputs, size.window)
        for name, attention in IMPLEMENTATIONS.items()
        for label, run in {"forward": _forward, "forward+backward": _forward_backward}.items()
    }
    extra = {key: _extra_bytes(run, inputs) for key, run in runs.items()}
    seconds = _in_turns(runs, repeats, device)
    return {
        "name": "local-attention",
        "device": describe_device(device),
        "hardware": hardware(device),
        "size": asdict(size),
        "rows": [_row(key, seconds[key], extra[key]) for key in runs],
        **_ratios(seconds, extra),
        "max_difference": _max_difference(inputs, size.window),
    }


BENCHMARKS: dict[str, Callable[..., dict[str, Any]]] = {"local-attention": bench_local_attention}


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


def hardware(device: str = "cpu") -> dict[str, Any]:
    """Processor, accelerator (empty on the CPU), threads and version of torch."""
    accelerator = torch.cuda.get_device_name(device) if torch.device(device).type == "cuda" else ""
    return {
        "processor": _processor(),
        "accelerator": accelerator,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }


def describe_device(device: str = "cpu") -> str:
    """One line for a table: the device, what it is, threads."""
    parts = hardware(device)
    return f"{device}: {parts['accelerator'] or parts['processor']}, {parts['threads']} threads"


class LiveBytes(TorchDispatchMode):
    """Count the bytes of the tensors that are alive while the block runs, and their peak.

    Sees what torch operators return; what a kernel allocates within itself, such as the packed operands of a matrix
    product, it does not see.

    Args:
        known: tensors that are not counted, such as the inputs.
    """

    def __init__(self, known: Iterable[Tensor] = ()) -> None:
        super().__init__()
        self.bytes = 0
        self.peak = 0
        self._seen = weakref.WeakSet(tensor.untyped_storage() for tensor in known)

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor):
                self._count(leaf.untyped_storage())
        return result

    def _count(self, storage: torch.UntypedStorage) -> None:
        if storage in self._seen:
            return
        self._seen.add(storage)
        size = storage.nbytes()
        self.bytes += size
        self.peak = max(self.peak, self.bytes)
        weakref.finalize(storage, self._release, size)

    def _release(self, size: int) -> None:
        self.bytes -= size


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


def _extra_bytes(run: Run, inputs: list[Tensor]) -> int:
    if inputs[0].is_cuda:
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        results = run()
        peak = torch.cuda.max_memory_allocated() - before
    else:
        with LiveBytes(inputs) as live:
            results = run()
        peak = live.peak
    return peak - sum(result.nbytes for result in results)


def _in_turns(runs: Mapping[tuple[str, str], Run], repeats: int, device: str) -> dict[tuple[str, str], list[float]]:
    seconds: dict[tuple[str, str], list[float]] = {key: [] for key in runs}
    for _ in range(repeats):
        for key, run in runs.items():
            _wait(device)
            start = time.perf_counter()
            run()
            _wait(device)
            seconds[key].append(time.perf_counter() - start)
    return seconds


def _wait(device: str) -> None:
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)


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


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text().splitlines() if listing.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
