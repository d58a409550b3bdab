"""How time and memory of every GA and LD grow with the number of positions N, against what the papers claim."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from scipy import stats
from torch import Tensor, nn

from models.aggregation import AGGREGATIONS
from models.config import AggregationConfig, AttentionConfig, DistributionConfig
from models.distribution import DISTRIBUTIONS
from models.evaluation.benchmark.attention import ProjectedAttention, explicit_attention
from models.evaluation.benchmark.measure import (
    check_repeats,
    describe_device,
    extra_bytes,
    hardware,
    in_turns,
    timing,
)

EXPLICIT = "nonlocal, N x N formed"
# Exponents of N: the ANN paper (arXiv:1908.07678, section 3.2) counts O(N^2) for the non-local block and O(N S) for
# APNB; CGNL, OCR, pooling, convolutions and a window of k x k neighbours are linear.
QUADRATIC = ("nonlocal", "attention", "cae", EXPLICIT)
_SAFE = 0.5  # of the memory that is free
_FITTED = 4  # largest sizes


@dataclass(frozen=True, slots=True)
class Growth:
    """Maps and widths.

    Attributes:
        sizes: (H, W), from the smallest to the largest.
        channels: C of the maps, small, so that what grows with N shows.
        window_channels: C' of LDv2, the papers' width.
        seconds: an operator is not run where its last two sizes promise that one pass takes longer.
        operators: names of GA and LD, all when empty.

    Raises:
        ValueError: if there are fewer than three sizes, or a width is no multiple of 16.
    """

    sizes: tuple[tuple[int, int], ...] = (
        *((32, 32), (32, 64), (64, 64), (64, 128)),
        *((128, 128), (128, 256), (256, 256), (256, 512)),
    )
    channels: int = 64
    window_channels: int = 256
    seconds: float = 20.0
    operators: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.sizes) < 3 or list(self.sizes) != sorted(self.sizes, key=math.prod):
            raise ValueError(f"sizes are {self.sizes}; give at least three (H, W), the smallest first.")
        if self.channels < 16 or self.channels % 16:
            raise ValueError(f"channels is {self.channels}, must be a multiple of 16.")


def bench_growth(settings: Growth | None = None, repeats: int = 5, device: str = "cpu") -> dict[str, Any]:
    """Time and peak memory of every registered GA and LD at every size, forward, evaluation mode, float32.

    The operators take turns at a size. ``nonlocal`` runs torch's fused attention, which forms no N x N map; the block
    that forms it, softmax and all, stands beside it.

    Args:
        settings: sizes and widths.
        repeats: timed rounds after one that warms up and counts memory.
        device: torch device.

    Returns:
        ``rows``, one an operator and size: ``operator``, ``kind`` (GA or LD), ``size``, ``positions``, ``seconds``
        (median), ``spread``, ``peak_bytes`` (of tensors beside input and weights), ``skipped``: why it was not run,
        or nothing. ``fits``, one an operator: exponents of N by least squares in log-log over the four largest sizes
        that ran, every round a point: ``time``, ``time_low``, ``time_high`` (95 % interval), ``memory``, and ``claim``,
        that of the papers. ``device``, ``hardware``, ``settings``.

    Raises:
        ValueError: if repeats < 1, or there is no such operator.
    """
    check_repeats(repeats)
    settings = settings or Growth()
    operators = _operators(settings)
    rows: list[dict[str, Any]] = []
    rounds: dict[str, list[tuple[int, float]]] = {name: [] for name in operators}
    for size in settings.sizes:
        found = _at_size(size, operators, rows, (settings, repeats, device))
        for row, seconds in found:
            rows.append(row)
            rounds[row["operator"]] += [(row["positions"], value) for value in seconds]
    return {
        "name": "growth",
        "device": describe_device(device),
        "hardware": hardware(device),
        "settings": asdict(settings),
        "rows": rows,
        "fits": [_fit(name, rows, rounds[name]) for name in operators],
    }


def exponent(points: Sequence[tuple[int, float]]) -> tuple[float, float, float]:
    """Slope of log(value) over log(N) by least squares, and the ends of its 95 % interval; nan below three points."""
    if len(points) < 3 or len({positions for positions, _ in points}) < 2:
        return math.nan, math.nan, math.nan
    line = stats.linregress(*np.log(np.array(points, dtype=float)).T)
    half = float(stats.t.ppf(0.975, len(points) - 2)) * line.stderr
    return float(line.slope), float(line.slope - half), float(line.slope + half)


def _operators(settings: Growth) -> dict[str, tuple[str, Callable[[], nn.Module]]]:
    """Name -> GA or LD, and how to build it."""
    channels = settings.channels
    inner = channels // 2
    attention = AttentionConfig(wide=channels, width=channels, key=channels // 4)
    found: dict[str, tuple[str, Callable[[], nn.Module]]] = {}
    for name in AGGREGATIONS.names():
        config = AggregationConfig(name, channels=channels, inner=inner, attention=attention)
        found[name] = "GA", partial(AGGREGATIONS.get(name), channels, config)
    found[EXPLICIT] = "GA", partial(ProjectedAttention, channels, inner, explicit_attention)
    for name in DISTRIBUTIONS.names():
        config = DistributionConfig(name, channels=settings.window_channels)
        found[name] = "LD", partial(DISTRIBUTIONS.get(name), channels, channels, config, "paper")
    # What returns its input costs nothing at any size.
    del found["none"]
    unknown = set(settings.operators) - set(found)
    if unknown:
        raise ValueError(f"there is no operator {sorted(unknown)}; choose from {sorted(found)}.")
    return {name: found[name] for name in found if name in (settings.operators or found)}


def _at_size(
    size: tuple[int, int],
    operators: dict[str, tuple[str, Callable[[], nn.Module]]],
    before: list[dict[str, Any]],
    how: tuple[Growth, int, str],
) -> list[tuple[dict[str, Any], list[float]]]:
    """A row for every operator, and the seconds of its rounds."""
    settings, repeats, device = how
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(1, settings.channels, *size, generator=generator).to(device)
    runs: dict[str, Callable[[], tuple[Tensor, ...]]] = {}
    rows: dict[str, dict[str, Any]] = {}
    for name, (kind, build) in operators.items():
        rows[name] = {"operator": name, "kind": kind, "size": f"{size[0]}x{size[1]}", "positions": math.prod(size)}
        own = [row for row in before if row["operator"] == name]
        rows[name] |= {"seconds": None, "spread": None, "peak_bytes": None, "skipped": _too_much(own, size, how)}
        if not rows[name]["skipped"]:
            block = build().to(device).eval().requires_grad_(False)
            runs[name] = partial(_run, block, features, kind)
            known = [features, *block.state_dict(keep_vars=True).values()]
            rows[name]["peak_bytes"] = extra_bytes(runs[name], known)
    seconds = in_turns(runs, repeats, device)
    for name, values in seconds.items():
        rows[name] |= timing(values)
    return [(row, seconds.get(name, [])) for name, row in rows.items()]


def _run(block: nn.Module, features: Tensor, kind: str) -> tuple[Tensor, ...]:
    with torch.no_grad():
        block(features, features) if kind == "LD" else block(features)
    # What is returned would not count as memory.
    return ()


def _too_much(own: list[dict[str, Any]], size: tuple[int, int], how: tuple[Growth, int, str]) -> str:
    """Why an operator cannot run at this size, told by the sizes before; empty when it can."""
    if own and own[-1]["skipped"]:
        return own[-1]["skipped"]
    if len(own) < 2:
        return ""
    settings, _, device = how
    steps = math.log(math.prod(size) / own[-1]["positions"]) / math.log(own[-1]["positions"] / own[-2]["positions"])
    promised = {key: own[-1][key] * (own[-1][key] / own[-2][key]) ** steps for key in ("seconds", "peak_bytes")}
    if promised["peak_bytes"] > _SAFE * _free_bytes(device):
        return f"{size[0]}x{size[1]} would take {promised['peak_bytes'] / 2**30:.0f} GiB"
    if promised["seconds"] > settings.seconds:
        return f"{size[0]}x{size[1]} would take {promised['seconds']:.0f} s"
    return ""


def _free_bytes(device: str) -> int:
    if torch.device(device).type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")


def _fit(name: str, rows: list[dict[str, Any]], rounds: list[tuple[int, float]]) -> dict[str, Any]:
    own = [row for row in rows if row["operator"] == name and not row["skipped"]][-_FITTED:]
    fitted = {row["positions"] for row in own}
    time, low, high = exponent([point for point in rounds if point[0] in fitted])
    memory, _, _ = exponent([(row["positions"], row["peak_bytes"]) for row in own])
    known = {"time": time, "time_low": low, "time_high": high, "memory": memory}
    return {
        "operator": name,
        "kind": own[-1]["kind"],
        **{key: None if math.isnan(value) else value for key, value in known.items()},
        "claim": 2 if name in QUADRATIC else 1,
        "largest": own[-1]["size"],
    }
