"""How long one attention takes on this machine: the project's own operators on random features."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from models.aggregation.asymmetric import AnchorAttention
from models.config import AsymmetricConfig
from models.decoders.axial_attention import AxialAttention
from models.distribution.local_attention import local_attention
from models.distribution.window import Window
from models.evaluation.benchmark.attention import explicit_attention

Attention = Callable[[Tensor], Tensor]


def attentions(channels: int, widths: Sequence[int], window: Window) -> dict[str, Attention]:
    """Name -> (1, C, H, W) -> (1, C, H, W), query, key and value alike, without any projection.

    ``N x N``: all positions; ``axial``: the column, then the row, nearest kin of criss-cross here; ``APNB``: the
    anchors; ``k x k``: the neighbours.

    Args:
        channels: C.
        widths: cells a side of each level of APNB's pyramid of anchors.
        window: neighbours of ``k x k``.
    """
    anchors = AnchorAttention((channels, channels), channels, AsymmetricConfig(anchors=tuple(widths)), "query", "ga")
    axial = AxialAttention(channels, heads=1, shared=True)
    axial.columns = nn.ModuleDict({name: nn.Identity() for name in ("query", "key", "value")})

    def to_anchors(features: Tensor) -> Tensor:
        (few,) = anchors.sample(features)
        return anchors.attend(features.flatten(2), few, few).unflatten(2, features.shape[-2:])

    return {
        "N x N": lambda features: explicit_attention(features, features, features),
        "axial": axial,
        "APNB": to_anchors,
        "k x k": lambda features: local_attention(features, features, features, window),
    }


def attention_seconds(
    size: tuple[int, int], channels: int, widths: Sequence[int], window: Window, repeats: int = 2
) -> dict[str, float]:
    """Fastest of some runs of each attention on a map of this size, seconds.

    Args:
        size: height and width, cells.
        channels: C.
        widths: cells a side of each level of APNB's pyramid of anchors.
        window: neighbours of ``k x k``.
        repeats: runs of each.

    Raises:
        ValueError: if repeats < 1.
    """
    if repeats < 1:
        raise ValueError(f"repeats is {repeats}, must be >= 1.")
    features = torch.randn(1, channels, *size, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        chosen = attentions(channels, widths, window)
        return {name: min(_seconds(run, features) for _ in range(repeats)) for name, run in chosen.items()}


def _seconds(run: Attention, features: Tensor) -> float:
    start = time.perf_counter()
    run(features)
    return time.perf_counter() - start
