"""Time and memory of a run, and what it ran on."""

from __future__ import annotations

import platform
import statistics
import time
import weakref
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

Key = TypeVar("Key", bound=Hashable)
Run = Callable[[], tuple[Tensor, ...]]


def check_repeats(repeats: int) -> None:
    """Refuse a benchmark without a round to time.

    Raises:
        ValueError: if repeats < 1.
    """
    if repeats < 1:
        raise ValueError(f"repeats is {repeats}, must be >= 1.")


def extra_bytes(run: Run, inputs: Sequence[Tensor]) -> int:
    """Bytes that a run on inputs (B, ...) holds at most, without what it returns, the inputs and parameters."""
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


def in_turns(runs: Mapping[Key, Run], repeats: int, device: str) -> dict[Key, list[float]]:
    """Seconds of every run in every round; the runs take turns, so that a machine that is busy slows them all."""
    seconds: dict[Key, list[float]] = {key: [] for key in runs}
    for _ in range(repeats):
        for key, run in runs.items():
            wait(device)
            start = time.perf_counter()
            run()
            wait(device)
            seconds[key].append(time.perf_counter() - start)
    return seconds


def wait(device: str) -> None:
    """Until a GPU has done what it was given."""
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)


def timing(seconds: Sequence[float]) -> dict[str, float]:
    """Seconds (median) and spread (slowest - fastest) of the rounds."""
    return {"seconds": statistics.median(seconds), "spread": max(seconds) - min(seconds)}


def ratios(seconds: Sequence[float], base: Sequence[float]) -> dict[str, float]:
    """Seconds by those of the base in the same round: median, lowest and highest over the rounds."""
    found = [own / other for own, other in zip(seconds, base, strict=True)]
    return {"ratio": statistics.median(found), "ratio_low": min(found), "ratio_high": max(found)}


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


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text().splitlines() if listing.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
