"""Plain charts for a lesson: bars, dots and lines, each value written where it can be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gald_viz.figures import theme
from gald_viz.figures.page import Cell
from gald_viz.figures.sheet import Heading, Sheet

COLORS = (theme.ACCENT, theme.SECOND, "#2aa7a0", "#7a3fb0")
_HEIGHT, _BAR = 320, 26
_OUTLINE = {"width": 0.8, "color": "#4a5160"}
_SYMBOLS = ("circle", "diamond", "square", "cross")


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one name; their order gives colour and symbol.

    Attributes:
        name: in the legend.
        x: (n,) positions, or names of bars.
        y: (n,) values, nan for none.
        words: what is written at each bar; the value itself when empty.
        color: css colour, by order when empty.
    """

    name: str
    x: Sequence[Any] | NDArray[Any]
    y: Sequence[float] | NDArray[np.floating]
    words: Sequence[str] = ()
    color: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """Title with its unit, log or not, and the range in the axis's own numbers; None fits the data."""

    title: str
    log: bool = False
    limits: tuple[float, float] | None = None

    def layout(self) -> dict[str, Any]:
        """As plotly takes it."""
        found: dict[str, Any] = {"title": theme.axis_title(self.title)}
        if self.log:
            found |= {"type": "log", "dtick": 1, "exponentformat": "power"}
        if self.limits is not None:
            found["range"] = list(np.log10(self.limits) if self.log else self.limits)
        return found


def bars_figure(series: Sequence[Series], value: Axis, heading: Heading, cell: Cell | None = None) -> go.Figure:
    """Horizontal bars, the first name on top; of several series side by side.

    Raises:
        ValueError: on a log axis, which has no zero that a bar could begin at.
    """
    if value.log:
        raise ValueError(
            f"the axis {value.title!r} is log, where a bar's length means nothing; draw named_dots_figure."
        )
    names = max((len(one.x) for one in series), default=0)
    sheet = Sheet(heading, theme.TOP + theme.BOTTOM + 30 + _BAR * names * max(len(series), 1))
    panel = sheet.chart((0, 1), "", value.layout(), {"autorange": "reversed", "ticks": ""})
    for index, one in enumerate(series):
        bar = {
            "type": "bar",
            "orientation": "h",
            "name": one.name,
            "x": np.asarray(one.y, dtype=float),
            "y": list(one.x),
            "text": list(one.words) or [f"{v:.3g}" for v in one.y],
            "textposition": "outside",
            "cliponaxis": False,
            "marker": {"color": one.color or COLORS[index % len(COLORS)]},
            "showlegend": len(series) > 1,
            "hovertemplate": f"%{{y}}: %{{text}}<extra>{one.name}</extra>",
        }
        sheet.add(bar, panel)
    sheet.layout |= {"barmode": "group", "bargap": 0.25}
    # Room for what is written behind the longest bar.
    sheet.layout["margin"]["r"] += 90
    return sheet.figure(clickable_legend=True, cell=cell)


def named_dots_figure(one: Series, value: Axis, heading: Heading, cell: Cell | None = None) -> go.Figure:
    """A dot a name, the first on top, its value beside it: on a log axis equal steps are equal ratios.

    Args:
        one: names as x, values as y.
        value: the axis along which the dots stand.
        heading: title and subtitle.
        cell: of a page to draw into; a figure of its own without.
    """
    known = np.asarray(one.y, dtype=float)
    sheet = Sheet(heading, theme.TOP + theme.BOTTOM + 30 + _BAR * len(known))
    names = {"autorange": "reversed", "ticks": "", "griddash": "dot"}
    panel = sheet.chart((0, 1), "", value.layout(), names)
    color = one.color or COLORS[0]
    dots = {
        "type": "scatter",
        "mode": "markers+text",
        "name": one.name,
        "x": known,
        "y": list(one.x),
        "text": [f"  {word}" for word in one.words] or [f"  {v:.3g}" for v in known],
        "textposition": "middle right",
        "cliponaxis": False,
        "marker": {"color": color, "size": 12, "line": _OUTLINE},
        "showlegend": False,
        "hovertemplate": "%{y}: %{text}<extra></extra>",
    }
    sheet.add(dots, panel)
    # Room for what is written beside the last dot.
    sheet.layout["margin"]["r"] += 90
    return sheet.figure(cell=cell)


def lines_figure(
    series: Sequence[Series], x: Axis, y: Axis, heading: Heading, marked: float | None = None, cell: Cell | None = None
) -> go.Figure:
    """One line a series; `marked` is the x that the sliders stand at."""
    sheet = Sheet(heading, theme.TOP + theme.BOTTOM + _HEIGHT)
    panel = sheet.chart((0, 1), "", x.layout(), y.layout())
    for index, one in enumerate(series):
        color = one.color or COLORS[index % len(COLORS)]
        line = {
            "mode": "lines+markers" if len(one.x) <= 24 else "lines",
            "line": {"color": color, "width": 2.5},
            "marker": {"size": 8, "symbol": _SYMBOLS[index % len(_SYMBOLS)], "color": color},
            "hovertemplate": f"%{{x}}: %{{y:.4g}}<extra>{one.name}</extra>",
        }
        sheet.add(_scatter(one) | line, panel)
    if marked is not None:
        _mark(sheet, marked)
    return sheet.figure(clickable_legend=True, cell=cell)


def dots_figure(series: Sequence[Series], x: Axis, y: Axis, heading: Heading, cell: Cell | None = None) -> go.Figure:
    """A scatter; the words of a series are what the pointer reads.

    Args:
        series: one colour each.
        x: axis across.
        y: axis upwards.
        heading: title and subtitle.
        cell: of a page to draw into; a figure of its own without.
    """
    sheet = Sheet(heading, theme.TOP + theme.BOTTOM + _HEIGHT)
    panel = sheet.chart((0, 1), "", x.layout(), y.layout())
    for index, one in enumerate(series):
        marker = {"size": 10, "color": one.color or COLORS[index % len(COLORS)], "line": _OUTLINE}
        dots = {"mode": "markers", "text": list(one.words), "marker": marker, "hovertemplate": "%{text}<extra></extra>"}
        sheet.add(_scatter(one) | dots, panel)
    return sheet.figure(clickable_legend=True, cell=cell)


def _scatter(one: Series) -> dict[str, Any]:
    return {"type": "scatter", "name": one.name, "x": one.x, "y": one.y}


def _mark(sheet: Sheet, x: float) -> None:
    """A dotted line over the whole height."""
    line = {"color": theme.MUTED, "width": 1.5, "dash": "dot"}
    sheet.layout["shapes"].append(
        {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "xref": "x", "yref": "paper", "line": line}
    )
