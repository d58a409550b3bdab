"""Pictures of a backbone's stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gald_viz.figures import theme
from gald_viz.figures.charts import COLORS
from gald_viz.figures.overlay import heat, picture
from gald_viz.figures.page import Cell
from gald_viz.figures.panels import cell_map, image_panels
from gald_viz.figures.sheet import Heading, Sheet

_DASHES = ("solid", "dot")
_RGB = (("component 1", "#d62222"), ("component 2", "#1d9e3c"), ("component 3", "#2a53d8"))


@dataclass(frozen=True, slots=True)
class StageMap:
    """One panel: its title, and its cells, (h, w) values or (h, w, 3) uint8 colours."""

    title: str
    cells: NDArray[Any]


def feature_maps_figure(
    maps: Sequence[StageMap],
    size: tuple[int, int],
    columns: int,
    quantity: str,
    heading: Heading,
    cell: Cell | None = None,
) -> go.Figure:
    """The maps as they are, cell by cell, with one zoom.

    Values are coloured over each panel's own range, which its title tells: stages differ in scale by orders.

    Args:
        maps: panels row by row.
        size: (H, W) of the image.
        columns: panels in a row.
        quantity: what a value is; of colours it is not used.
        heading: title and subtitle.
        cell: of a page to draw into; a figure of its own without.
    """
    values = all(one.cells.ndim == 2 for one in maps)
    titles = [f"{one.title}, {_range(one.cells)}" if values else one.title for one in maps]
    sheet = image_panels(titles, size, columns, heading, colour_bar=values)
    for index, one in enumerate(maps):
        if not values:
            sheet.add(_cells_as_picture(one.cells, size), index)
            continue
        low, high = float(one.cells.min()), float(one.cells.max())
        sheet.add(_cells_as_picture(heat(one.cells, (low, high), theme.HEAT_SCALE), size), index)
        # Invisible: the pointer reads the values that the colours stand for.
        sheet.add(cell_map(one.cells, size, f"{quantity} %{{z:.4g}}", opacity=0), index)
    if values:
        _add_bar(sheet)
    else:
        sheet.swatches(_RGB)
    return sheet.figure(cell=cell)


def spectrum_figure(
    curves: Sequence[tuple[str, Sequence[tuple[str, NDArray[np.floating]]]]], heading: Heading, cell: Cell | None = None
) -> go.Figure:
    """How much of the variance the first components hold: one line a stage, one dash a network.

    Args:
        curves: of every network its name and (stage, shares of the components (C,), largest first).
        heading: title and subtitle.
        cell: of a page to draw into; a figure of its own without.
    """
    sheet = Sheet(heading, theme.TOP + theme.BOTTOM + 260)
    axis = {"type": "log", "title": theme.axis_title("number of components"), "dtick": 1}
    share = {"range": [0, 1.02], "tickformat": ".0%", "title": theme.axis_title("of the variance")}
    panel = sheet.chart((0, 1), "", axis, share)
    for (network, stages), dash in zip(curves, _DASHES, strict=False):
        for (stage, shares), color in zip(stages, COLORS, strict=False):
            name = stage if len(curves) == 1 else f"{stage}, {network}"
            sheet.add(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": np.arange(1, len(shares) + 1),
                    "y": np.cumsum(shares),
                    "name": name,
                    "line": {"color": color, "width": 2.2, "dash": dash},
                    "hovertemplate": f"{name}: %{{x}} components hold %{{y:.1%}}<extra></extra>",
                },
                panel,
            )
    return sheet.figure(clickable_legend=True, cell=cell)


def _cells_as_picture(cells: NDArray[np.uint8], size: tuple[int, int]) -> dict[str, Any]:
    """Coloured cells stretched over the image's pixels: (h, w, 3)."""
    drawn = picture(cells, exact=True)
    dx, dy = drawn["dx"] * size[1] / cells.shape[1], drawn["dy"] * size[0] / cells.shape[0]
    return drawn | {"dx": dx, "dy": dy, "x0": dx / 2 - 0.5, "y0": dy / 2 - 0.5}


def _add_bar(sheet: Sheet) -> None:
    """A colour bar for panels that each have their own range."""
    bar = {
        **theme.colour_bar("own range"),
        "tickvals": [0, 0.5, 1],
        "ticktext": ["low", "mid", "high"],
    }
    sheet.layout["coloraxis"] = {"colorscale": theme.HEAT_SCALE, "cmin": 0, "cmax": 1, "colorbar": bar}
    # A colour bar is drawn only beside something that has its colours.
    nothing = {"x": [None], "y": [None], "marker": {"color": [0], "coloraxis": "coloraxis"}}
    sheet.add({"type": "scatter", "mode": "markers", "showlegend": False, "hoverinfo": "skip", **nothing})


def _range(cells: NDArray[Any]) -> str:
    return f"{float(cells.min()):.3g} to {float(cells.max()):.3g}"
