"""A picture shown several times, with maps over it and places marked on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gald_viz.figures import overlay, theme
from gald_viz.figures.page import Cell
from gald_viz.figures.panels import cell_map, image_panels
from gald_viz.figures.sheet import Heading

_SMALLEST, _LARGEST = 5, 14  # pixels of a dot
_FEW = 16  # cells a side


@dataclass(frozen=True, slots=True)
class Places:
    """Marked places.

    Attributes:
        name: in the legend, empty for none.
        x, y: (n,) image pixels.
        value: (n,) coloured by the figure's scale; None for one colour.
        color: css colour of all, where there is no value.
        symbol: plotly's.
        size: screen pixels; by their number when 0.
    """

    name: str
    x: NDArray[np.floating]
    y: NDArray[np.floating]
    value: NDArray[np.floating] | None = None
    color: str = "#ffd21f"
    symbol: str = "circle"
    size: float = 0


@dataclass(frozen=True, slots=True)
class Panel:
    """One showing of the picture.

    Attributes:
        title: above it.
        picture: (H, W, 3) uint8.
        cells: (h, w) values over the whole picture, coloured by the figure's scale; None for none.
        places: what is marked.
        exact: every colour of the picture has a meaning, as in a label map.
        opacity: of the cells.
    """

    title: str
    picture: NDArray[np.uint8]
    cells: NDArray[np.floating] | None = None
    places: tuple[Places, ...] = ()
    exact: bool = False
    opacity: float = 0.7


@dataclass(frozen=True, slots=True)
class Scale:
    """What colours mean: the quantity with its unit, the values at the ends, and plotly's name of the colours."""

    quantity: str
    limits: tuple[float, float]
    colors: str = theme.HEAT_SCALE


def marked_figure(
    panels: Sequence[Panel],
    heading: Heading,
    columns: int = 2,
    scale: Scale | None = None,
    entries: Sequence[tuple[str, str]] = (),
    cell: Cell | None = None,
) -> go.Figure:
    """The panels with one zoom.

    Args:
        panels: all of pictures of one size.
        heading: title and subtitle.
        columns: panels in a row.
        scale: of cells and of places with a value.
        entries: (name, css colour) of the legend, such as classes.
        cell: of a page to draw into; a figure of its own without.
    """
    size = (panels[0].picture.shape[0], panels[0].picture.shape[1])
    sheet = image_panels([panel.title for panel in panels], size, columns, heading, colour_bar=scale is not None)
    if scale is not None:
        sheet.layout["coloraxis"] = {
            "colorscale": scale.colors,
            "cmin": scale.limits[0],
            "cmax": scale.limits[1],
            "colorbar": theme.colour_bar(scale.quantity),
        }
    quantity = scale.quantity.replace("<br>", " ") if scale else ""
    for index, panel in enumerate(panels):
        sheet.add(overlay.picture(panel.picture, panel.exact), index)
        if panel.cells is not None:
            sheet.add(
                cell_map(
                    panel.cells,
                    size,
                    f"{quantity} %{{z:.3g}}",
                    coloraxis="coloraxis",
                    opacity=panel.opacity,
                    **_gap(panel.cells),
                ),
                index,
            )
        for places in panel.places:
            sheet.add(_dots(places, quantity), index)
    named = {places.name: places for panel in panels for places in panel.places if places.name}
    for places in named.values():
        sheet.swatches([(places.name, places.color)], symbol=places.symbol)
    sheet.swatches(entries)
    return sheet.figure(cell=cell)


def _gap(cells: NDArray[np.floating]) -> dict[str, int]:
    """A line between cells that are large enough to spare it."""
    return {"xgap": 1, "ygap": 1} if max(cells.shape) <= _FEW else {}


def _dots(places: Places, quantity: str) -> dict[str, Any]:
    size = places.size or float(np.clip(60 / np.sqrt(max(len(places.x), 1)), _SMALLEST, _LARGEST))
    marker: dict[str, Any] = {"symbol": places.symbol, "size": size, "line": {"width": 1, "color": "#20242c"}}
    marker |= {"color": places.color} if places.value is None else {"color": places.value, "coloraxis": "coloraxis"}
    what = f"{quantity} %{{marker.color:.4g}}" if places.value is not None else places.name
    return {
        "type": "scatter" if len(places.x) < 3000 else "scattergl",
        "mode": "markers",
        "x": places.x,
        "y": places.y,
        "marker": marker,
        "showlegend": False,
        "hovertemplate": f"{what}<extra></extra>",
    }
