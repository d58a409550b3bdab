"""The weights of one position as a grid, for a host that shows the image and its neighbours itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from gald_viz.analysis.affinity import PixelAffinity
from gald_viz.figures import theme
from gald_viz.figures.page import Cell
from gald_viz.figures.sheet import Heading, Sheet

_WORDS = 7  # neighbours a side up to which a cell has room for its class
_LETTERS = 10  # of a class name
_HEIGHT = 390


def weights_figure(
    result: PixelAffinity, names: Sequence[str], limit: float, dilation: int, heading: Heading, cell: Cell | None = None
) -> go.Figure:
    """The k*k weights in percent, with the class at each neighbour.

    Args:
        result: the weights.
        names: class names.
        limit: weight at the end of the colour scale.
        dilation: cells between neighbours.
        heading: title and subtitle.
        cell: of a page to draw into; a figure of its own without.
    """
    kernel = int(np.sqrt(len(result.weight)))
    offsets = (np.arange(kernel) - kernel // 2) * dilation
    classes = np.array([_class_name(k, names) for k in result.class_id], dtype=object)
    words = [f"{100 * w:.1f}<br>{name[:_LETTERS]}" for w, name in zip(result.weight, classes, strict=True)]
    sheet = Sheet(heading, _HEIGHT)
    sheet.layout["margin"] |= {"l": 46, "r": 8, "t": 60}
    sheet.panel(
        {**_axis(offsets), "domain": (0, 1), "title": theme.axis_title("columns from the pixel (cells)")},
        {
            **_axis(offsets),
            "domain": (0, 1),
            "autorange": "reversed",
            "scaleanchor": "x",
            "constraintoward": "top",
            "title": theme.axis_title("rows (cells)"),
        },
    )
    sheet.add(
        {
            "type": "heatmap",
            "z": result.weight.reshape(kernel, kernel),
            "x": offsets,
            "y": offsets,
            "customdata": classes.reshape(kernel, kernel),
            "text": np.array(words, dtype=object).reshape(kernel, kernel),
            "texttemplate": "%{text}" if kernel <= _WORDS else "",
            "textfont": {"size": 10.5},
            "colorscale": theme.WEIGHT_SCALE,
            "zmin": 0,
            "zmax": limit,
            "showscale": False,
            "xgap": 2,
            "ygap": 2,
            "hovertemplate": "row %{y}, column %{x}, %{customdata}: weight %{z:.4f}<extra></extra>",
        }
    )
    return sheet.figure(cell=cell)


def _axis(offsets: np.ndarray) -> dict[str, Any]:
    return {
        "tickvals": offsets.tolist(),
        "tickfont": {"size": 11, "color": theme.MUTED},
        "showgrid": False,
        "zeroline": False,
        "constrain": "domain",
    }


def _class_name(class_id: int, names: Sequence[str]) -> str:
    if class_id < 0:
        return "outside"
    return names[class_id] if class_id < len(names) else "unlabelled"
