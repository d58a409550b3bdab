"""Attention blocks side by side at the sizes of Table 1 of the ANN paper (Zhu et al., ICCV 2019, arXiv:1908.07678)."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from models.aggregation.apnb import AsymmetricPyramidNonLocal
from models.aggregation.cgnl import CompactNonLocal
from models.config import AggregationConfig, AsymmetricConfig
from models.distribution.local_attention import local_attention
from models.distribution.window import Window
from models.evaluation.benchmark.measure import check_repeats, describe_device, extra_bytes, hardware, in_turns

EXPLICIT, FUSED, APNB = "explicit", "fused", "apnb"
EVERY_DEVICE = "all"


@dataclass(frozen=True, slots=True)
class BlockSizes:
    """What the blocks compute; the defaults are those of Table 1.

    Attributes:
        sizes: width and height of each map, in the paper's order.
        channels: C of the map; a multiple of 16, of which CGNL makes 8 groups of C / 2.
        inner: C' of query, key and value; CGNL always has C / 2.
        window: of the local attention.

    Raises:
        ValueError: if a size is < 1, or channels are no multiple of 16.
    """

    sizes: tuple[tuple[int, int], ...] = ((96, 96), (256, 128))
    channels: int = 2048
    inner: int = 256
    window: Window = field(default_factory=Window)

    def __post_init__(self) -> None:
        if not self.sizes or min(min(size) for size in self.sizes) < 1 or self.inner < 1:
            raise ValueError(f"sizes are {self.sizes}, inner is {self.inner}; give at least one size, all >= 1.")
        if self.channels < 16 or self.channels % 16:
            raise ValueError(f"channels is {self.channels}, must be a multiple of 16.")


def bench_attention(settings: BlockSizes | None = None, repeats: int = 5, device: str = EVERY_DEVICE) -> dict[str, Any]:
    """Time and extra memory of whole attention blocks, forward, one image, float32.

    ``explicit`` is the non-local block with its N x N matrix, ``fused`` the same through torch's
    scaled_dot_product_attention, ``apnb`` the same with 110 anchors, ``local`` with a window of neighbours: these four
    have the same 1x1 convolutions, key and value sharing one as in the paper, and add their input (eq. 5). ``cgnl`` has
    its own. All but CGNL thus differ in the attention alone.

    Args:
        settings: sizes, those of Table 1 by default; the explicit matrix and its softmax then take 8.6 GB.
        repeats: timed rounds after one that warms up and counts memory; the blocks take turns.
        device: torch device, or ``all``: the CPU, and CUDA when there.

    Returns:
        ``rows``, one for each device, size and block: seconds (median), spread (slowest - fastest), extra_bytes (most
        memory held at one time less what is returned), and speedup and memory_ratio against the explicit block.
        ``comparisons``, one for each device and size: APNB against ``explicit`` and against ``fused``. ``speedup`` and
        ``memory_ratio``: APNB against the explicit block on the last device at the last size. ``max_difference``
        between explicit and fused, relative to the largest value. ``notes``: the comparisons in words.

    Raises:
        ValueError: if repeats < 1.
    """
    check_repeats(repeats)
    settings = settings or BlockSizes()
    devices = _devices() if device == EVERY_DEVICE else [device]
    cases = [(where, size) for where in devices for size in settings.sizes]
    measured = [_measure(settings, size, repeats, where) for where, size in cases]
    comparisons = [_comparison(rows) for rows, _ in measured]
    last = comparisons[-1][f"against_{EXPLICIT}"]
    return {
        "name": "attention",
        "device": "; ".join(describe_device(where) for where in devices),
        "hardware": {where: hardware(where) for where in devices},
        "settings": asdict(settings),
        "rows": [row for rows, _ in measured for row in rows],
        "comparisons": comparisons,
        **last,
        "max_difference": max(difference for _, difference in measured),
        "notes": [_note(comparison) for comparison in comparisons],
    }


class ProjectedAttention(nn.Module):
    """X + W_o(attention(phi, theta, theta)), with the 1x1 convolutions of the paper's non-local block.

    Args:
        channels: C of the input.
        inner: C' of query, key and value.
        attend: query, key and value (B, C', H, W) -> (B, C', H, W).

    Shape:
        (B, C, H, W) -> (B, C, H, W)
    """

    def __init__(self, channels: int, inner: int, attend: Callable[[Tensor, Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.query = nn.Conv2d(channels, inner, 1)
        self.key = nn.Conv2d(channels, inner, 1)
        self.out = nn.Conv2d(inner, channels, 1)
        self.attend = attend

    def forward(self, features: Tensor) -> Tensor:
        return self._context(features) + features

    def _context(self, features: Tensor) -> Tensor:
        query, key = self.query(features), self.key(features)
        return self.out(self.attend(query, key, key))


def explicit_attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Eq. 2 to 4 as they are printed: scores of all pairs, softmax, product.

    Shape:
        query, key, value: (B, C, H, W) -> (B, C, H, W)
    """
    scores = query.flatten(2).transpose(1, 2) @ key.flatten(2)
    weights = scores.softmax(dim=2)
    return (weights @ value.flatten(2).transpose(1, 2)).transpose(1, 2).unflatten(2, query.shape[-2:])


def blocks(settings: BlockSizes) -> dict[str, nn.Module]:
    """The blocks by name, in eval mode; all but CGNL with the same weights."""
    channels, inner = settings.channels, settings.inner
    options = AsymmetricConfig("paper", output="sum")
    config = AggregationConfig("apnb", inner=inner, asymmetric=options)
    every = replace(config, asymmetric=replace(options, sampling="none"))
    explicit = ProjectedAttention(channels, inner, explicit_attention)
    local = ProjectedAttention(channels, inner, lambda *operands: local_attention(*operands, settings.window))
    fused, apnb = (AsymmetricPyramidNonLocal(channels, chosen) for chosen in (every, config))
    for same in (local, fused.attention, apnb.attention):
        same.load_state_dict(explicit.state_dict())
    cgnl = CompactNonLocal(channels, AggregationConfig("cgnl"))
    found = {EXPLICIT: explicit, FUSED: fused, APNB: apnb, "cgnl": cgnl, "local": local}
    return {name: block.eval().requires_grad_(False) for name, block in found.items()}


def _devices() -> list[str]:
    return ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]


def _measure(
    settings: BlockSizes, size: tuple[int, int], repeats: int, device: str
) -> tuple[list[dict[str, Any]], float]:
    """A row for each block, and how far explicit and fused differ."""
    width, height = size
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        chosen = {name: block.to(device) for name, block in blocks(settings).items()}
        features = torch.randn(1, settings.channels, height, width).to(device)
    runs = {name: lambda block=block: (block(features),) for name, block in chosen.items()}
    extra = {name: extra_bytes(run, [features, *chosen[name].parameters()]) for name, run in runs.items()}
    seconds = in_turns(runs, repeats, device)
    rows = [
        {
            "device": device,
            "size": f"{width}x{height}",
            "implementation": name,
            "seconds": statistics.median(seconds[name]),
            "spread": max(seconds[name]) - min(seconds[name]),
            "extra_bytes": extra[name],
            "speedup": statistics.median(seconds[EXPLICIT]) / statistics.median(seconds[name]),
            "memory_ratio": extra[name] / extra[EXPLICIT],
        }
        for name in runs
    ]
    explicit, fused = (chosen[name](features) for name in (EXPLICIT, FUSED))
    return rows, ((explicit - fused).abs().max() / explicit.abs().max()).item()


def _comparison(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    by_name = {row["implementation"]: row for row in rows}
    apnb = by_name[APNB]
    against = {
        f"against_{name}": {
            "speedup": by_name[name]["seconds"] / apnb["seconds"],
            "memory_ratio": apnb["extra_bytes"] / by_name[name]["extra_bytes"],
        }
        for name in (EXPLICIT, FUSED)
    }
    return {"device": apnb["device"], "size": apnb["size"], **against}


def _note(comparison: dict[str, Any]) -> str:
    explicit, fused = (comparison[f"against_{name}"] for name in (EXPLICIT, FUSED))
    return (
        f"APNB at {comparison['size']} on {comparison['device']}: "
        f"speed x {explicit['speedup']:.1f}, extra memory / {1 / explicit['memory_ratio']:.1f} "
        f"against the explicit non-local block; "
        f"speed x {fused['speedup']:.1f}, extra memory / {1 / fused['memory_ratio']:.1f} against fused attention."
    )
