"""A figure for a dark page: paper, type, axes and rules change, and what is plotted keeps its colours.

The colours of classes and scales carry meaning; only those that a line or a text has for want of a meaning change.
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from gald_viz.figures import theme

PAPER, INK, MUTED, RULE, GRID = "#14181f", "#e4e8ee", "#a3adbd", "#465063", "#2a313d"
_COLORS = {
    theme.INK: INK,
    theme.MUTED: MUTED,
    theme.RULE: RULE,
    theme.GRID: GRID,
    "white": PAPER,
    "rgba(255,255,255,0)": "rgba(0,0,0,0)",
}
_LONGEST = 4000  # a longer text is a picture


def darkened(figure: go.Figure) -> go.Figure:
    """A copy for a dark page."""
    parts = figure.to_dict()
    layout = _dark(parts["layout"])
    layout["hoverlabel"] = {**layout.get("hoverlabel", {}), "bgcolor": GRID, "bordercolor": RULE}
    layout["hoverlabel"]["font"] = {**layout["hoverlabel"].get("font", {}), "color": INK}
    for name in [name for name in layout if name.startswith(("xaxis", "yaxis"))]:
        layout[name] = {**layout[name], "color": INK}
    return go.Figure({"data": [_dark(trace) for trace in parts["data"]], "layout": layout})


def _dark(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _dark(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_dark(value) for value in part]
    if isinstance(part, str) and len(part) < _LONGEST:
        # The subtitle's colour stands within its text.
        return _COLORS.get(part) or part.replace(theme.MUTED, MUTED)
    return part
