"""A figure for a room: the same picture in type that the last row can read."""

from __future__ import annotations

import re
from typing import Any

import plotly.graph_objects as go

_INLINE = re.compile(r"font-size:(\d+)px")
_LENGTHS = ("thickness", "yshift", "ticklen")
_LONGEST = 4000  # a longer text is a picture


def enlarged(figure: go.Figure, factor: float) -> go.Figure:
    """A copy whose type, margins, colour bars and heading are so many times as large; what is plotted stays.

    Raises:
        ValueError: if the factor is not above 0.
    """
    if not factor > 0:
        raise ValueError(f"factor is {factor}, must be above 0; 1 leaves the figure as it is.")
    parts = figure.to_dict()
    before = sum(parts["layout"]["margin"].get(side, 0) for side in "tb")
    grown = {"data": _grown(parts["data"], factor), "layout": _grown(parts["layout"], factor)}
    margin = grown["layout"]["margin"]
    for side in "lrtb":
        margin[side] = round(margin.get(side, 0) * factor)
    grown["layout"]["height"] = round(parts["layout"]["height"] + before * (factor - 1))
    return go.Figure(grown)


def _grown(part: Any, factor: float, inside: str = "") -> Any:
    if isinstance(part, dict):
        return {key: _grown(value, factor, _context(key, inside)) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_grown(value, factor, inside) for value in part]
    if isinstance(part, str) and len(part) < _LONGEST:
        return _INLINE.sub(lambda found: f"font-size:{round(int(found[1]) * factor)}px", part)
    if inside == "length" and isinstance(part, int | float):
        return part * factor
    return part


def _context(key: str, inside: str) -> str:
    """Whether the value under this key is a length: the size of a font, a thickness, a shift."""
    if key.endswith("font") and key != "hoverlabel":
        return "font"
    return "length" if (inside == "font" and key == "size") or key in _LENGTHS else ""
