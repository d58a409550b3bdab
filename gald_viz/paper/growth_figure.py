"""Time and memory of every GA and LD against the number of positions, for a document."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from gald_viz.paper.style import RESOLUTION, SERIES, WIDTHS, new_figure, print_style

_MARKERS = ("o", "s", "^", "D")
_MEBIBYTE = 2**20
_GUIDES = {1: ":", 2: "--"}


def growth_png(result: Mapping[str, Any]) -> bytes:
    """Seconds and MiB over N in log-log, a line an operator, with the fitted exponents and the papers' claims, as PNG.

    Args:
        result: what ``gald bench growth`` answers.
    """
    with print_style():
        figure = new_figure(WIDTHS["two"], 3.4)
        time, memory = figure.subplots(1, 2)
        fits = {fit["operator"]: fit for fit in result["fits"]}
        for number, name in enumerate(fits):
            rows = [row for row in result["rows"] if row["operator"] == name and not row["skipped"]]
            positions = [row["positions"] for row in rows]
            look: dict[str, Any] = {
                "color": SERIES[number % len(SERIES)],
                "marker": _MARKERS[number // len(SERIES)],
                "linestyle": "-" if fits[name]["kind"] == "GA" else (0, (4, 1)),
            }
            time.plot(positions, [row["seconds"] for row in rows], label=_label(fits[name]), **look)
            memory.plot(positions, [row["peak_bytes"] / _MEBIBYTE for row in rows], **look)
        _axis(time, "seconds", "Time of a forward pass")
        _axis(memory, "MiB of tensors", "Peak memory beside input and weights")
        figure.suptitle(f"Growth with the number of positions N, {result['device']}")
        figure.legend(loc="outside right center", title="time exponent, 95 % interval; claim", title_fontsize=6)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=RESOLUTION, metadata={"Software": None})
    return buffer.getvalue()


def _label(fit: Mapping[str, Any]) -> str:
    if fit["time"] is None:
        return f"{fit['operator']}: too few sizes; N^{fit['claim']}"
    return f"{fit['operator']}: {fit['time']:.2f} [{fit['time_low']:.2f}, {fit['time_high']:.2f}]; {fit['claim']}"


def _axis(axis: Any, unit: str, title: str) -> None:
    axis.set(xscale="log", yscale="log", xlabel="positions N", ylabel=unit, title=title)
    axis.grid(visible=True)
    axis.spines[["top", "right"]].set_visible(False)
    left, right = axis.get_xlim()
    bottom, top = axis.get_ylim()
    for power, dash in _GUIDES.items():
        _guide(axis, (left, right, bottom, top), power, dash)
    axis.set(xlim=(left, right), ylim=(bottom, top))


def _guide(axis: Any, box: Sequence[float], power: int, dash: str) -> None:
    """A line of this slope from the lower left corner, named where it leaves the box."""
    left, right, bottom, top = box
    end = min(right, left * (top / bottom) ** (1 / power))
    axis.plot([left, end], [bottom, bottom * (end / left) ** power], color="#8a94a6", linestyle=dash, linewidth=0.7)
    axis.annotate(f"N^{power}" if power > 1 else "N", (end, bottom * (end / left) ** power), ha="right", va="top")
