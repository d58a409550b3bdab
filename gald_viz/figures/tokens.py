"""Pictures of the similarity of class tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gald_viz.figures import cells, theme
from gald_viz.figures.page import Cell
from gald_viz.figures.sheet import Heading, Sheet

_CELL_TEXT = 14  # classes up to which the cells carry their value
# Where the matrices stand; between them there is room for a colour bar and the names of the next one.
_SPANS = {1: ((0.0, 0.82),), 2: ((0.0, 0.42), (0.58, 1.0)), 3: ((0.0, 0.27), (0.3, 0.57), (0.73, 1.0))}


@dataclass(frozen=True, slots=True)
class TokenMatrix:
    """One matrix to draw.

    Attributes:
        title: above it.
        values: (K, K).
        limits: values at the ends of the colour scale.
        scale: plotly colour scale.
        quantity: written along the colour bar.
    """

    title: str
    values: NDArray[np.floating]
    limits: tuple[float, float]
    scale: str
    quantity: str


def token_figure(
    matrices: Sequence[TokenMatrix],
    order: NDArray[np.intp],
    names: Sequence[str],
    heading: Heading,
    chosen: tuple[int, int] | None = None,
    cell: Cell | None = None,
) -> go.Figure:
    """One to three K x K matrices with the classes in the given order.

    Every cell carries customdata (row's class id, column's class id), so that a click can be followed into the image.

    Args:
        matrices: side by side.
        order: (K,) class ids.
        names: K names.
        heading: title and subtitle.
        chosen: two class ids whose cells are framed, None for none.
        cell: of a page to draw into; a figure of its own without.
    """
    single = len(matrices) == 1
    sheet = Sheet(heading, 580 if single else 480 if len(matrices) == 2 else 420)
    sheet.layout["margin"]["r"] = theme.RIGHT + 60
    sheet.layout |= {"clickmode": "event+select", "hovermode": "closest", "hoverdistance": 60}
    spans = _SPANS[len(matrices)]
    axis = {
        "showgrid": False,
        "zeroline": False,
        "automargin": True,
        "tickfont": {"size": 11},
        "dtick": 1,
        "constrain": "domain",
    }
    words = theme.axis_title("token of the class")
    labels = [names[k] for k in order]
    for index, (matrix, span) in enumerate(zip(matrices, spans, strict=True)):
        x = {**axis, "domain": span, "tickangle": -45, "title": words}
        y = {**axis, "domain": (0, 1), "autorange": "reversed", "title": words if index == 0 else ""}
        # Two on one scale need one bar and one list of names, and there is room for no more.
        narrow = len(matrices) == 3
        y["showticklabels"] = not (narrow and index)
        panel = sheet.panel(x, y, matrix.title)
        trace = _cells(matrix, order, labels, span[1]) | {"textfont": {"size": 11 if single else 9}}
        if narrow:
            trace |= {"texttemplate": "", "showscale": index > 0}
        sheet.add(trace, panel)
        sheet.add(cells.targets(order.tolist(), order.tolist(), names, _words(matrix, order, labels)), panel)
        both = [] if chosen is None else [chosen, chosen[::-1]]
        for frame in cells.frames(order.tolist(), order.tolist(), both):
            sheet.shape(frame, panel)
    return sheet.figure(cell=cell)


def _words(matrix: TokenMatrix, order: NDArray[np.intp], labels: Sequence[str]) -> NDArray[np.object_]:
    values = matrix.values[np.ix_(order, order)]
    words = np.empty(values.shape, dtype=object)
    for row, column in np.ndindex(*values.shape):
        words[row, column] = f"{labels[row]} with {labels[column]}: {values[row, column]:.3f}"
    return words


def _cells(matrix: TokenMatrix, order: NDArray[np.intp], labels: Sequence[str], right: float) -> dict[str, Any]:
    """The heat map of a panel that ends at `right`, with its colour bar."""
    return {
        "type": "heatmap",
        "z": np.round(matrix.values[np.ix_(order, order)], 4),
        "x": labels,
        "y": labels,
        "colorscale": matrix.scale,
        "zmin": matrix.limits[0],
        "zmax": matrix.limits[1],
        "texttemplate": "%{z:.3f}" if len(order) <= _CELL_TEXT else "",
        "xgap": 1,
        "ygap": 1,
        "colorbar": theme.colour_bar(matrix.quantity, x=right + 0.01),
        "hoverinfo": "skip",
    }
