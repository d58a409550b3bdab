"""A figure for a dark page: paper, type, axes and rules change, and what is plotted keeps its colours.

The colours of classes and scales carry meaning; only those that a rule or a text has for want of a meaning change, and
lines of a class whose colour is nearly that of the paper are paler.
"""

from __future__ import annotations

import re
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
    # Rims of dots.
    "#2a2f3a": "#c3cad6",
    "#4a5160": "#98a1b0",
    "rgba(255,255,255,0)": "rgba(0,0,0,0)",
}
_RGB = re.compile(r"rgb\((\d+),(\d+),(\d+)\)")
_DARKEST = 90  # luma of 255 that still shows on the paper
_LONGEST = 4000  # a longer text is a picture


def darkened(figure: go.Figure) -> go.Figure:
    """A copy for a dark page."""
    layout = _dark(figure.layout.to_plotly_json())
    layout["hoverlabel"] = {**layout.get("hoverlabel", {}), "bgcolor": GRID, "bordercolor": RULE}
    layout["hoverlabel"]["font"] = {**layout["hoverlabel"].get("font", {}), "color": INK}
    for name in [name for name in layout if name.startswith(("xaxis", "yaxis"))]:
        layout[name] = {**layout[name], "color": INK}
    return go.Figure(
        {"data": [_with_pale_lines(_dark(trace.to_plotly_json())) for trace in figure.data], "layout": layout}
    )


def _with_pale_lines(trace: dict[str, Any]) -> dict[str, Any]:
    """A curve of a dark class, which would be lost on the paper, in a paler shade; areas and dots have rims."""
    line = trace.get("line", {})
    found = _RGB.fullmatch(str(line.get("color", "")))
    if "lines" not in str(trace.get("mode", "")) or found is None:
        return trace
    rgb = [int(value) for value in found.groups()]
    if 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] > _DARKEST:
        return trace
    pale = f"rgb({','.join(str(round(0.55 * value + 0.45 * 255)) for value in rgb)})"
    return trace | {"line": line | {"color": pale}, "marker": trace.get("marker", {}) | {"color": pale}}


def _dark(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _dark(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_dark(value) for value in part]
    if isinstance(part, str) and len(part) < _LONGEST:
        # The subtitle's colour stands within its text.
        return _COLORS.get(part) or part.replace(theme.MUTED, MUTED)
    return part
