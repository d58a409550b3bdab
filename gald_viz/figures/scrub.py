"""Picture of one step of a training: the cells in the frame of the last step, the class tokens, and the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gald_viz.analysis.scrub import Scrub
from gald_viz.analysis.tokens import cosine_similarity
from gald_viz.analysis.training import Curve
from gald_viz.figures import theme
from gald_viz.figures.page import Cell
from gald_viz.figures.palette import css
from gald_viz.figures.sheet import Heading, Sheet

_HEIGHT = 560
_UPPER, _LOWER = (0.36, 1.0), (0.0, 0.2)
_SYMBOLS = ("circle", "square", "diamond", "cross", "x", "triangle-up", "star")  # an image each


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells that are followed.

    Attributes:
        class_id: (n,).
        image: (n,) number of the image.
        place: (n, 2) x, y in it.
        names: K class names.
        colors: (K, 3).
    """

    class_id: NDArray[np.integer]
    image: NDArray[np.integer]
    place: NDArray[np.integer]
    names: Sequence[str]
    colors: NDArray[np.integer]


def scrub_figure(
    result: Scrub, number: int, cells: Cells, curves: Mapping[str, Curve], heading: Heading, cell: Cell | None = None
) -> go.Figure:
    """Step `number` of the steps: axes and colours are the same at every one.

    Args:
        result: the steps.
        number: which of them, from 0.
        cells: what a point is.
        curves: name -> values by step, 0..1; the silhouette and the tokens' diagonal are drawn with them.
        heading: title and subtitle.
        cell: of a page to draw into; a figure of its own without.
    """
    sheet = Sheet(heading, _HEIGHT + theme.TOP + theme.BOTTOM)
    sheet.layout["margin"]["r"] = theme.RIGHT + 60
    sheet.layout |= {"uirevision": "scrub"}
    bare = {**theme.CHART_AXIS, "showticklabels": False, "ticks": "", "mirror": True}
    low, high = result.points.min(axis=(0, 1)), result.points.max(axis=(0, 1))
    edge = 0.04 * np.maximum(high - low, 1e-6)
    axes = [
        {
            **bare,
            "range": [low[k] - edge[k], high[k] + edge[k]],
            "title": theme.axis_title(f"{result.frame.method} {k + 1}"),
        }
        for k in (0, 1)
    ]
    panel = sheet.panel(
        {**axes[0], "domain": (0, 0.52)}, {**axes[1], "domain": _UPPER}, "cells, in the last step's frame"
    )
    for trace in _points(result.points[number], cells):
        sheet.add(trace, panel)
    _add_tokens(sheet, result.tokens[number], cells.names)
    _add_curves(sheet, result, number, curves)
    return sheet.figure(clickable_legend=True, cell=cell)


def _points(points: NDArray[np.float64], cells: Cells) -> list[dict[str, Any]]:
    """One trace a class, the same ones at every step."""
    traces = []
    for one in np.unique(cells.class_id):
        members = np.flatnonzero(cells.class_id == one)
        name = cells.names[one] if one < len(cells.names) else f"class {one}"
        marker = {
            "size": 6,
            "color": css(cells.colors[one % len(cells.colors)]),
            "symbol": [_SYMBOLS[image % len(_SYMBOLS)] for image in cells.image[members]],
            "line": {"width": 0.5, "color": "#2a2f3a"},
            "opacity": 0.85,
        }
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": points[members, 0],
                "y": points[members, 1],
                "name": name,
                "marker": marker,
                "customdata": np.column_stack([cells.image[members] + 1, cells.place[members]]),
                "hovertemplate": "%{fullData.name}: image %{customdata[0]}, pixel (%{customdata[1]}, %{customdata[2]})"
                "<extra></extra>",
            }
        )
    return traces


def _add_tokens(sheet: Sheet, tokens: NDArray[np.float64], names: Sequence[str]) -> None:
    axis = {"showgrid": False, "zeroline": False, "automargin": True, "tickfont": {"size": 9}, "constrain": "domain"}
    panel = sheet.panel(
        {**axis, "domain": (0.66, 1.0), "tickangle": -45},
        {**axis, "domain": _UPPER, "autorange": "reversed"},
        "class tokens: cosine of each pair",
    )
    bar = theme.colour_bar("cosine", x=1.01, y=sum(_UPPER) / 2, len=_UPPER[1] - _UPPER[0])
    sheet.add(
        {
            "type": "heatmap",
            "z": np.round(cosine_similarity(tokens), 3),
            "x": list(names),
            "y": list(names),
            "zmin": -1,
            "zmax": 1,
            "colorscale": theme.DIFFERENCE_SCALE,
            "colorbar": bar,
            "hovertemplate": "%{y} with %{x}: %{z:.3f}<extra></extra>",
        },
        panel,
    )


def _add_curves(sheet: Sheet, result: Scrub, number: int, curves: Mapping[str, Curve]) -> None:
    panel = sheet.panel(
        {**theme.CHART_AXIS, "domain": (0, 1), "title": theme.axis_title("step")},
        {**theme.CHART_AXIS, "domain": _LOWER, "title": theme.axis_title("value")},
        "silhouette, tokens' mean diagonal and score over the steps",
    )
    shown = {
        "silhouette": Curve(result.steps, result.silhouette),
        "mean diagonal": Curve(result.steps, result.diagonal),
    }
    for (name, curve), dash in zip({**shown, **curves}.items(), ("solid", "dash", "dot", "dashdot"), strict=False):
        line = {"type": "scatter", "mode": "lines+markers", "x": curve.step, "y": curve.value, "name": name}
        look = {"line": {"dash": dash, "width": 1.8, "color": theme.INK}, "marker": {"size": 5, "color": theme.INK}}
        sheet.add(line | look | {"hovertemplate": "%{fullData.name} at step %{x}: %{y:.3f}<extra></extra>"}, panel)
    step = int(result.steps[number])
    mark = {"type": "line", "x0": step, "x1": step, "y0": 0, "y1": 1, "line": {"color": theme.SECOND, "width": 2}}
    sheet.shape(mark, panel)
    sheet.layout["shapes"][-1]["yref"] += " domain"
