"""A figure in the making: panels, traces and legend as plain values.

Plotly checks them once, when the figure is made. Changing a figure piece by piece, it checks the whole again at
every step, which took most of the time between a click and its picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from gald_viz.figures import theme
from gald_viz.figures.page import Cell
from gald_viz.figures.plain import without_markup

_LEGEND_LINE = 22  # pixels

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Heading:
    """Title and the subtitle that carries the number."""

    title: str
    subtitle: str


class Sheet:
    """Collects a figure.

    Args:
        heading: title and subtitle.
        height: pixels without the legend.
    """

    def __init__(self, heading: Heading, height: float) -> None:
        self.layout = theme.layout(heading.title, heading.subtitle, height)
        self.layout |= {"annotations": [], "shapes": []}
        self.data: list[dict[str, Any]] = []
        self._panels = 0

    def panel(self, x: dict[str, Any], y: dict[str, Any], title: str = "") -> int:
        """Add a pair of axes and return its number, from 0.

        Args:
            x: axis of plotly, whose domain says where it stands.
            y: likewise.
            title: above it.
        """
        suffix = _suffix(self._panels)
        self.layout[f"xaxis{suffix}"] = {"anchor": f"y{suffix}", **x}
        self.layout[f"yaxis{suffix}"] = {"anchor": f"x{suffix}", **y}
        if title:
            self.layout["annotations"].append(_panel_title(title, x["domain"], y["domain"]))
        self._panels += 1
        return self._panels - 1

    def chart(self, x_span: Span, title: str, x: dict[str, Any], y: dict[str, Any]) -> int:
        """Add a panel of full height for a chart, with thin axes and a light grid, and return its number.

        Args:
            x_span: left and right end, 0..1 of the figure.
            title: above it.
            x: further settings of plotly's axis.
            y: likewise.
        """
        return self.panel(
            {**theme.CHART_AXIS, "domain": x_span, **x}, {**theme.CHART_AXIS, "domain": (0, 1), **y}, title
        )

    def axes(self, panel: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """The x and y axis of a panel, to be changed in place."""
        suffix = _suffix(panel)
        return self.layout[f"xaxis{suffix}"], self.layout[f"yaxis{suffix}"]

    def add(self, trace: dict[str, Any], panel: int = 0) -> None:
        """Add a trace to a panel."""
        suffix = _suffix(panel)
        self.data.append({**trace, "xaxis": f"x{suffix}", "yaxis": f"y{suffix}"})

    def shape(self, shape: dict[str, Any], panel: int) -> None:
        """Draw a shape in the coordinates of a panel."""
        suffix = _suffix(panel)
        self.layout["shapes"].append({**shape, "xref": f"x{suffix}", "yref": f"y{suffix}"})

    def swatches(self, entries: Sequence[tuple[str, str]], symbol: str = "square") -> None:
        """Legend entries (name, css colour) for colours that no trace explains."""
        for name, color in entries:
            marker = {"symbol": symbol, "size": 12, "color": color, "line": {"width": 1, "color": "#8a919e"}}
            self.add(_legend_only(name) | {"mode": "markers", "marker": marker})

    def lines(self, entries: Sequence[tuple[str, str, str]]) -> None:
        """Legend entries (name, css colour, dash) for outlines."""
        for name, color, dash in entries:
            self.add(_legend_only(name) | {"mode": "lines", "line": {"color": color, "width": 3, "dash": dash}})

    def figure(self, clickable_legend: bool = False, cell: Cell | None = None) -> go.Figure:
        """The figure; its legend stands under the plots and makes room for itself. With a cell, the page it is on."""
        names = [trace["name"] for trace in self.data if trace.get("name") and trace.get("showlegend", True)]
        if names:
            room = _legend_lines(names) * _LEGEND_LINE
            self.layout["height"] += room
            self.layout["margin"]["b"] += room
            self.layout["showlegend"] = True
            self.layout["legend"] |= {
                "orientation": "h",
                "x": 0,
                "xanchor": "left",
                "y": 0,
                "yref": "container",
                "yanchor": "bottom",
                "itemclick": "toggle" if clickable_legend else False,
                "itemdoubleclick": "toggleothers" if clickable_legend else False,
            }
        layout = without_markup({key: part for key, part in self.layout.items() if key != "title"})
        # The title's own markup stays: theme.layout has made text of what it was given.
        title = {"title": self.layout["title"]}
        drawn = go.Figure({"data": without_markup(self.data), "layout": layout | title})
        return drawn if cell is None else cell.add(drawn)


def _suffix(panel: int) -> str:
    return "" if panel == 0 else str(panel + 1)


def _panel_title(text: str, x_span: Span, y_span: Span) -> dict[str, Any]:
    return {
        "text": text,
        "x": sum(x_span) / 2,
        "y": y_span[1],
        "xref": "paper",
        "yref": "paper",
        "xanchor": "center",
        "yanchor": "bottom",
        "yshift": 3,
        "showarrow": False,
        "font": {"size": 13, "color": theme.INK},
    }


def _legend_only(name: str) -> dict[str, Any]:
    return {"type": "scatter", "x": [None], "y": [None], "name": name, "hoverinfo": "skip"}


def _legend_lines(names: Sequence[str]) -> int:
    """Lines of a horizontal legend: plotly gives every entry the width of the longest."""
    widest = max(len(name) for name in names) * 7 + 46
    per_line = max((theme.WIDTH - 60) // widest, 1)
    return -(-len(names) // per_line)
