"""Pictures of the size response: recall against size, paired differences, and what is found in one scene."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gald_viz.analysis.size_response import FALSE, HIT, MISSED, Interval, SizeCounts, spread
from gald_viz.figures import overlay, theme
from gald_viz.figures.page import Cell
from gald_viz.figures.palette import rgb_table
from gald_viz.figures.panels import image_panels
from gald_viz.figures.sheet import Heading, Sheet

# Colours of Wong (Nature Methods 2011), told apart by colour-blind eyes.
OUTCOMES = {HIT: ("found", "#0072b2"), MISSED: ("missed", "#e69f00"), FALSE: ("false alarm", "#cc79a7")}
STYLES = {
    "fcn": ("#5b6472", "dot"),
    "head": ("#98a1b0", "dash"),
    "ga": (theme.SECOND, "solid"),
    "gald": (theme.ACCENT, "solid"),
}
_HEIGHT, _GAP = 520, 0.2
_SPANS = ((0.0, 0.47), (0.55, 1.0))
_TOP, _BELOW = ((1 + _GAP) / 2, 1.0), (0.0, (1 - _GAP) / 2)


@dataclass(frozen=True, slots=True)
class Knob:
    """One knob's results, ready to draw.

    Attributes:
        counts: of the networks.
        title: above the panel of recall.
        unit: along the size axis.
        marked: a size to point out, None for none.
        differences: (one, other) -> paired difference of recall by size.
    """

    counts: SizeCounts
    title: str
    unit: str
    marked: float | None
    differences: Mapping[tuple[str, str], Interval]


def style(network: str) -> tuple[str, str]:
    """Colour and dash of a network."""
    return STYLES[network.partition("-")[0]]


def response_figure(
    knobs: Sequence[Knob], names: Mapping[str, str], heading: Heading, cell: Cell | None = None
) -> go.Figure:
    """Recall against size with the range of the seeds, and below the paired differences with their intervals.

    Args:
        knobs: one or two, side by side.
        names: network -> name in the legend; which networks have a line, in this order.
        heading: title and subtitle.
        cell: of a page to draw into; a figure of its own without.
    """
    sheet = Sheet(heading, theme.TOP + theme.BOTTOM + _HEIGHT)
    for column, knob in enumerate(knobs):
        _recall_panel(sheet, knob, names, _SPANS[column], first=column == 0)
        _difference_panel(sheet, knob, names, _SPANS[column], first=column == 0)
    return sheet.figure(clickable_legend=True, cell=cell)


def scene_figure(
    image: NDArray[np.uint8],
    answers: Mapping[str, NDArray[np.uint8]],
    heading: Heading,
    columns: int = 2,
    cell: Cell | None = None,
) -> go.Figure:
    """The scene, and for each network what it found, missed and answered wrongly.

    Args:
        image: (H, W, 3).
        answers: title -> (H, W) codes of analysis.size_response.outcomes.
        heading: title and subtitle.
        columns: panels in a row.
        cell: of a page to draw into; a figure of its own without.
    """
    sheet = image_panels(("scene", *answers), (image.shape[0], image.shape[1]), columns, heading)
    sheet.add(overlay.picture(image, exact=True), 0)
    pale = overlay.grey(image, 0.35)
    table = np.concatenate([np.zeros((1, 3), np.uint8), rgb_table([color for _, color in OUTCOMES.values()])])
    for panel, codes in enumerate(answers.values(), start=1):
        sheet.add(overlay.picture(np.where(codes[..., None] > 0, table[codes], pale), exact=True), panel)
    sheet.swatches(list(OUTCOMES.values()))
    return sheet.figure(cell=cell)


def _recall_panel(sheet: Sheet, knob: Knob, names: Mapping[str, str], span: tuple[float, float], first: bool) -> None:
    y = {**theme.CHART_AXIS, "domain": _TOP, "range": [0, 100]}
    y |= {"title": theme.axis_title("recall [%]")} if first else {}
    panel = sheet.panel(_size_axis(knob, span), y, knob.title)
    for network, name in names.items():
        recall = knob.counts.recall[knob.counts.networks.index(network)]
        mean, low, high = (100 * values for values in spread(recall))
        color, dash = style(network)
        sheet.add(_band(knob.counts.sizes, low, high, color), panel)
        line = _line(knob.counts.sizes, mean, color, dash) | {"name": name, "showlegend": first}
        template = f"{name}<br>%{{x}} px: %{{y:.1f}} %, seeds %{{customdata[0]:.1f}} to %{{customdata[1]:.1f}}"
        line |= {"legendgroup": network, "customdata": np.stack([low, high], 1).tolist()}
        sheet.add(line | {"hovertemplate": template + "<extra></extra>"}, panel)
    _mark(sheet, knob, panel, (0, 100))


def _difference_panel(
    sheet: Sheet, knob: Knob, names: Mapping[str, str], span: tuple[float, float], first: bool
) -> None:
    limits = _limits(list(knob.differences.values()))
    y = {**theme.CHART_AXIS, "domain": _BELOW, "range": limits, "zeroline": True, "zerolinecolor": theme.INK}
    y |= {"title": theme.axis_title("difference of recall [points]")} if first else {}
    panel = sheet.panel(_size_axis(knob, span), y, "paired by seed, mean and 95 % interval")
    for shift, ((one, other), value) in enumerate(knob.differences.items()):
        name, (color, dash) = f"{names[one]} − {names[other]}", (style(one)[0], _dash(other))
        # Side by side, so that bars of two differences do not hide each other.
        x = np.array(knob.counts.sizes) * (1 + 0.035 * (shift - (len(knob.differences) - 1) / 2))
        trace = _line(x, 100 * value.mean, color, dash) | {"name": name, "showlegend": first, "legendgroup": name}
        half = np.nan_to_num(100 * (value.high - value.mean))
        trace |= {"error_y": {"type": "data", "array": half, "color": color, "thickness": 1.2, "width": 3}}
        text = [f"{size} px, {verdict}" for size, verdict in zip(knob.counts.sizes, value.verdict, strict=True)]
        trace |= {"text": text, "hovertemplate": f"{name}<br>%{{text}}: %{{y:+.1f}} points<extra></extra>"}
        sheet.add(trace, panel)
    _mark(sheet, knob, panel, limits)


def _size_axis(knob: Knob, span: tuple[float, float]) -> dict[str, Any]:
    sizes = knob.counts.sizes
    return {
        **theme.CHART_AXIS,
        "domain": span,
        "title": theme.axis_title(knob.unit),
        "type": "log",
        "range": [np.log10(sizes[0] / 1.15), np.log10(sizes[-1] * 1.15)],
        "tickvals": sizes,
        "ticktext": [str(size) for size in sizes],
    }


def _line(x: Sequence[float] | NDArray, y: NDArray, color: str, dash: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": x,
        "y": y,
        "line": {"color": color, "width": 2, "dash": dash},
        "marker": {"size": 6, "color": color},
    }


def _band(sizes: Sequence[int], low: NDArray, high: NDArray, color: str) -> dict[str, Any]:
    red, green, blue = rgb_table([color])[0]
    return {
        "type": "scatter",
        "x": [*sizes, *sizes[::-1]],
        "y": np.concatenate([high, low[::-1]]),
        "fill": "toself",
        "fillcolor": f"rgba({red},{green},{blue},0.13)",
        "line": {"width": 0},
        "mode": "lines",
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _mark(sheet: Sheet, knob: Knob, panel: int, limits: tuple[float, float]) -> None:
    if knob.marked is None:
        return
    line = {"color": theme.INK, "width": 1, "dash": "dot"}
    trace = {"type": "scatter", "mode": "lines", "x": [knob.marked] * 2, "y": limits, "line": line}
    sheet.add(trace | {"showlegend": False, "hoverinfo": "skip"}, panel)


def _dash(other: str) -> str:
    """Of a difference: one network may be compared with two others."""
    return "dash" if other == "head" else "solid"


def _limits(values: Sequence[Interval]) -> tuple[float, float]:
    """Room for every interval, 0 and a margin, in points."""
    ends = [np.concatenate([value.low, value.high, value.mean]) for value in values]
    known = np.concatenate([np.zeros(1), *ends])
    low, high = float(np.nanmin(known)), float(np.nanmax(known))
    margin = max(0.08 * (high - low), 0.01)
    return 100 * (low - margin), 100 * (high + margin)
