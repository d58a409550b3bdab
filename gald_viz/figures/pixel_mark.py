"""A ring round one pixel, in every panel of a figure that shows the image's pixels."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from gald_viz.figures import theme

NAME = "the chosen pixel"


def marked_pixel_figure(figure: go.Figure, pixel: tuple[int, int]) -> go.Figure:
    """The figure itself, with one ring more a panel of the image, named NAME; charts stay as they are.

    Args:
        figure: whose panels of the image have pixel axes.
        pixel: (x, y).
    """
    return figure.add_traces([_ring(pixel, suffix) for suffix in image_panels_of(figure)])


def move_mark(figure: go.Figure, pixel: tuple[int, int]) -> None:
    """Put the rings of a marked figure round another pixel (x, y)."""
    for ring in figure.select_traces({"name": NAME}):
        ring.update(x=[pixel[0]] * 2, y=[pixel[1]] * 2)


def image_panels_of(figure: go.Figure) -> list[str]:
    """Suffixes of the axes that count the image's pixels: "" for x and y, "2" for x2 and y2."""
    layout: dict[str, Any] = figure.layout.to_plotly_json()
    axes = [name for name in layout if name.startswith("xaxis")]
    unit = theme.PIXEL_AXIS["ticksuffix"]
    return [name.removeprefix("xaxis") for name in axes if layout[name].get("ticksuffix") == unit]


def _ring(pixel: tuple[int, int], suffix: str) -> dict[str, Any]:
    """Dark round light, so that it is seen on either."""
    return {
        "type": "scatter",
        "x": [pixel[0]] * 2,
        "y": [pixel[1]] * 2,
        "xaxis": f"x{suffix}",
        "yaxis": f"y{suffix}",
        "mode": "markers",
        "marker": {
            "symbol": "circle-open",
            "size": [17, 13],
            "color": ["#000000", "#ffffff"],
            "line": {"width": 2.5},
        },
        "name": NAME,
        "hoverinfo": "skip",
        "showlegend": False,
    }
