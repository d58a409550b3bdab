"""The size response for a document: the same panels as on the page, in matplotlib, the same bytes every time."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gald_viz.analysis.size_response import Interval, SizeCounts, spread
from gald_viz.figures import theme
from gald_viz.figures.size_response import style

_DASHES = {"solid": "-", "dash": "--", "dot": ":"}
_MARKERS = ("o", "s", "^")
_DPI = 130


def response_png(
    counts: Mapping[str, SizeCounts],
    differences: Mapping[str, Mapping[tuple[str, str], Interval]],
    names: Mapping[str, str],
    title: str,
) -> bytes:
    """Recall against size above, paired differences below, a column a knob, as PNG.

    Args:
        counts: title of a column -> its results; the title says what a size is.
        differences: the same titles -> (one, other) -> paired difference of recall.
        names: network -> name in the legend; which are drawn, in this order.
        title: above all.
    """
    figure = Figure(figsize=(10, 8.2), dpi=_DPI, layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, color=theme.INK)
    axes = figure.subplots(2, len(counts), squeeze=False)
    for column, (heading, found) in enumerate(counts.items()):
        _recall(axes[0, column], found, names)
        axes[0, column].set_title(heading, fontsize=11, color=theme.INK)
        _differences(axes[1, column], found, differences[heading], names)
        axes[1, column].set_title("paired by seed, mean and 95 % interval", fontsize=10, color=theme.INK)
    axes[0, 0].set_ylabel("recall [%]")
    axes[1, 0].set_ylabel("difference of recall [points]")
    for row in axes:
        row[-1].legend(loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=8, frameon=False)
    canvas, buffer = FigureCanvasAgg(figure), io.BytesIO()
    canvas.print_png(buffer, metadata={"Software": None})
    return buffer.getvalue()


def _recall(axis: Any, counts: SizeCounts, names: Mapping[str, str]) -> None:
    drawn: dict[str, int] = {}
    for network, name in names.items():
        mean, low, high = (100 * values for values in spread(counts.recall[counts.networks.index(network)]))
        color, dash = style(network)
        marker = _marker(network, drawn)
        axis.fill_between(counts.sizes, low, high, color=color, alpha=0.1, linewidth=0)
        axis.plot(counts.sizes, mean, color=color, linestyle=_DASHES[dash], marker=marker, markersize=4, label=name)
    axis.set_ylim(0, 100)
    _sizes(axis, counts.sizes)


def _differences(
    axis: Any, counts: SizeCounts, differences: Mapping[tuple[str, str], Interval], names: Mapping[str, str]
) -> None:
    axis.axhline(0, color=theme.INK, linewidth=0.8)
    drawn: dict[str, int] = {}
    for shift, ((one, other), value) in enumerate(differences.items()):
        color, dash = style(one)
        x = np.array(counts.sizes) * (1 + 0.03 * (shift - (len(differences) - 1) / 2))
        half = np.nan_to_num(100 * (value.high - value.mean))
        axis.errorbar(
            x,
            100 * value.mean,
            half,
            color=color,
            linestyle=_DASHES[dash],
            marker=_marker(one, drawn),
            markersize=4,
            linewidth=1,
            capsize=2,
            label=f"{names[one]} − {names[other]}",
        )
    _sizes(axis, counts.sizes)


def _marker(network: str, drawn: dict[str, int]) -> str:
    """Networks of one colour are told apart by their marks."""
    kind = network.partition("-")[0]
    drawn[kind] = drawn.get(kind, -1) + 1
    return _MARKERS[drawn[kind] % len(_MARKERS)]


def _sizes(axis: Any, sizes: Sequence[int]) -> None:
    axis.set_xscale("log")
    axis.set_xticks(list(sizes), [str(size) for size in sizes])
    axis.set_xticks([], minor=True)
    axis.set_xlabel("size [pixels]")
    axis.grid(color="#eceff3")
    axis.spines[["top", "right"]].set_visible(False)
