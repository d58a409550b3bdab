"""Curves of deletion and insertion with their controls, and the likeness under randomised weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from gald_viz.analysis.faithfulness import Curve, Faithfulness, Randomisation
from gald_viz.figures import theme
from gald_viz.figures.page import Cell
from gald_viz.figures.sheet import Heading, Sheet

_HEIGHT = 260
_UNIFORM = "#7a5195"


def curves_figure(result: Faithfulness, unit: str, heading: Heading, cell: Cell | None = None) -> go.Figure:
    """Deletion on the left, insertion on the right; random orders thin, the uniform map dashed."""
    sheet = Sheet(heading, _HEIGHT + theme.TOP + theme.BOTTOM)
    y = {"title": theme.axis_title(unit), "rangemode": "tozero"}
    sheet.chart((0, 0.46), "deletion: lower is better", {"title": theme.axis_title("share deleted, %")}, y)
    sheet.chart((0.54, 1), "insertion: higher is better", {"title": theme.axis_title("share put back, %")}, y)
    for curve in result.random:
        thin = {"color": theme.MUTED, "width": 1}
        sheet.add(_line(curve, "random order", thin), 0)
        sheet.add(_line(_backwards(curve), "random order", thin), 1)
    dashed = {"color": _UNIFORM, "width": 2, "dash": "dash"}
    sheet.add(_line(result.uniform, "uniform", dashed), 0)
    sheet.add(_line(_backwards(result.uniform), "uniform", dashed), 1)
    for panel, curve in enumerate((result.deletion, result.insertion)):
        sheet.add(_line(curve, "this map", {"color": theme.ACCENT, "width": 3}), panel)
    sheet.lines(
        [
            ("this map", theme.ACCENT, "solid"),
            ("random orders", theme.MUTED, "solid"),
            ("uniform: the same share of every cell", _UNIFORM, "dash"),
        ]
    )
    return sheet.figure(cell=cell)


def randomisation_figure(result: Randomisation, heading: Heading, cell: Cell | None = None) -> go.Figure:
    """Rank correlation with the map of the network as it is, against how far its weights are shuffled."""
    sheet = Sheet(heading, _HEIGHT + theme.TOP + theme.BOTTOM)
    x = {
        "title": theme.axis_title("weights shuffled from the end down to this layer"),
        "type": "category",
        "tickangle": 0,
    }
    sheet.chart((0, 1), "", x, {"title": theme.axis_title("rank correlation"), "range": [-1.05, 1.05]})
    layers = [f"{index}. {_short(name)}" for index, name in enumerate(result.layers)]
    for name, values, color in (
        ("of the map", result.spearman, theme.ACCENT),
        ("of its absolute values", result.absolute, theme.SECOND),
    ):
        sheet.add(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": layers,
                "y": values,
                "name": name,
                "line": {"color": color, "width": 2},
                "hovertemplate": "%{x}: %{y:.3f}<extra>" + name + "</extra>",
            }
        )
    return sheet.figure(cell=cell)


def _backwards(curve: Curve) -> Curve:
    return Curve(curve.share, curve.score[::-1])


def _line(curve: Curve, name: str, line: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": 100 * curve.share,
        "y": np.asarray(curve.score),
        "line": line,
        "showlegend": False,
        "hovertemplate": f"%{{x:.0f}} %: %{{y:.3f}}<extra>{name}</extra>",
    }


def _short(name: str) -> str:
    return name if len(name) <= 18 else f"…{name[-17:]}"
