"""Pictures of the local affinity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gald_viz.analysis.affinity import AffinityMaps, PixelAffinity
from gald_viz.figures import overlay, theme
from gald_viz.figures.page import Cell
from gald_viz.figures.panels import TALLEST, cell_map, image_panels, pixel_axes
from gald_viz.figures.sheet import Heading, Sheet, Span

_PICTURE, _GRID = (0.0, 0.62), (0.71, 1.0)  # domains of the image and of the k x k grid
_OWN, _OTHER, _OUTSIDE = "own class", "another class or unlabelled", "outside the map"
_SYMBOLS = {_OWN: "circle", _OTHER: "square", _OUTSIDE: "x"}
_CELL_TEXT = 7  # kernel size up to which the grid's cells carry their value
_BAR = 74  # pixels for the colour bar


@dataclass(frozen=True, slots=True)
class AffinityStyle:
    """How the weights are drawn.

    Attributes:
        limit: weight at the end of the colour scale.
        zoom: show the neighbourhood instead of the whole image.
        dilation: cells between neighbours, for the grid's axes.
    """

    limit: float
    zoom: bool = False
    dilation: int = 1


def affinity_figure(
    image: NDArray[np.uint8],
    result: PixelAffinity,
    names: Sequence[str],
    style: AffinityStyle,
    heading: Heading,
    cell: Cell | None = None,
) -> go.Figure:
    """The k*k neighbours at their positions in the image (H, W, 3), and their weights as a grid."""
    height, width = image.shape[:2]
    across = (theme.WIDTH - theme.LEFT - theme.RIGHT - _BAR) * (_PICTURE[1] - _PICTURE[0])
    sheet = Sheet(heading, theme.TOP + theme.BOTTOM + min(across * height / width, TALLEST))
    sheet.layout["margin"]["r"] += _BAR
    sheet.layout["coloraxis"] = {
        "colorscale": theme.WEIGHT_SCALE,
        "cmin": 0,
        "cmax": style.limit,
        "colorbar": theme.colour_bar("weight"),
    }
    x, y = pixel_axes((height, width))
    left, right = _range(result.x, result.inside, width, style.zoom)
    top, bottom = _range(result.y, result.inside, height, style.zoom)
    x |= {"domain": _PICTURE, "range": [left, right]}
    y |= {"domain": (0, 1), "range": [bottom, top], "scaleanchor": "x", "scaleratio": 1}
    sheet.panel(x, y, "neighbours in the image")
    sheet.add(overlay.picture(overlay.grey(image, contrast=0.85)))
    spacing = np.diff(np.unique(result.x)).min(initial=np.inf) * across / (right - left)
    _add_dots(sheet, result, names, float(np.clip(0.7 * spacing, 6, 16)))
    _add_grid(sheet, result, style.dilation)
    return sheet.figure(cell=cell)


def affinity_maps_figure(
    image: NDArray[np.uint8], maps: AffinityMaps, heading: Heading, cell: Cell | None = None
) -> go.Figure:
    """Self-weight and entropy of every position over the image (H, W, 3)."""
    size = image.shape[:2]
    sheet = image_panels(["weight kept for itself", "entropy of the weights"], size, 2, heading)
    under = overlay.picture(overlay.grey(image))
    top = max(float(maps.self_weight.max()), 1e-6)
    parts = (
        (maps.self_weight, theme.WEIGHT_SCALE, "self-weight %{z:.3f}", "self-weight", top),
        (maps.entropy, theme.HEAT_SCALE, "%{z:.2f} nats", "entropy (nats)", maps.max_entropy),
    )
    for index, (cells, scale, template, title, highest) in enumerate(parts):
        look = {"colorscale": scale, "zmin": 0, "zmax": highest, "opacity": 0.65, "showscale": True}
        bar = _bar_below(title, sheet.axes(index)[0]["domain"])
        sheet.add(under, index)
        sheet.add(cell_map(cells, size, template, colorbar=bar, **look), index)
    sheet.layout["height"] += 30
    sheet.layout["margin"]["b"] += 30
    return sheet.figure(cell=cell)


def _add_dots(sheet: Sheet, result: PixelAffinity, names: Sequence[str], dot: float) -> None:
    own = result.inside & (result.class_id == result.own_class)
    groups = {_OWN: own, _OTHER: result.inside & ~own, _OUTSIDE: ~result.inside}
    # Empty groups stay: with the same traces for every pixel a host can redraw them where they are.
    for group, chosen in groups.items():
        marker = {"symbol": _SYMBOLS[group], "size": dot, "line": {"width": 1, "color": "#20242c"}}
        dots = {
            "type": "scatter",
            "x": result.x[chosen],
            "y": result.y[chosen],
            "mode": "markers",
            "marker": marker | {"color": result.weight[chosen], "coloraxis": "coloraxis"},
            "text": [_class_name(k, names) for k in result.class_id[chosen]],
            "hovertemplate": "%{text}: weight %{marker.color:.4f}<extra></extra>",
            "showlegend": False,
        }
        sheet.add(dots)
        sheet.swatches([(group, "#f2d9a6")], symbol=_SYMBOLS[group])
    centre = len(result.x) // 2
    sheet.add(_ring(float(result.x[centre]), float(result.y[centre])))


def _add_grid(sheet: Sheet, result: PixelAffinity, dilation: int) -> None:
    kernel = int(np.sqrt(len(result.weight)))
    offsets = (np.arange(kernel) - kernel // 2) * dilation
    words = [f"{100 * w:.1f}" + ("" if i else " ×") for w, i in zip(result.weight, result.inside, strict=True)]
    axis: dict[str, Any] = {
        "tickvals": offsets.tolist(),
        "tickfont": {"size": 10, "color": theme.MUTED},
        "showgrid": False,
        "zeroline": False,
        "constrain": "domain",
    }
    x = {**axis, "domain": _GRID, "title": theme.axis_title("columns from the position (cells)")}
    y = {
        **axis,
        "domain": (0, 1),
        "autorange": "reversed",
        "scaleanchor": "x2",
        "constraintoward": "top",
        "title": theme.axis_title("rows (cells)"),
    }
    title = "weights in percent" + ("" if result.inside.all() else ", × outside")
    panel = sheet.panel(x, y, title)
    grid = {
        "type": "heatmap",
        "z": result.weight.reshape(kernel, kernel),
        "x": offsets,
        "y": offsets,
        "text": np.array(words, dtype=object).reshape(kernel, kernel),
        "texttemplate": "%{text}" if kernel <= _CELL_TEXT else "",
        "textfont": {"size": 10},
        "coloraxis": "coloraxis",
        "xgap": 1,
        "ygap": 1,
        "hovertemplate": "row %{y}, column %{x}: weight %{z:.4f}<extra></extra>",
    }
    sheet.add(grid, panel)


def _ring(x: float, y: float) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": [x],
        "y": [y],
        "mode": "markers",
        "hoverinfo": "skip",
        "showlegend": False,
        "marker": {"symbol": "circle-open", "size": 20, "color": "#00c2ff", "line": {"width": 2.5}},
    }


def _bar_below(title: str, span: Span) -> dict[str, Any]:
    """A horizontal colour bar under a panel."""
    bar = theme.colour_bar(title, orientation="h", x=sum(span) / 2, y=-0.08, yanchor="top")
    return bar | {"len": 0.9 * (span[1] - span[0]), "title": bar["title"] | {"side": "bottom"}}


def _range(positions: NDArray[np.float64], inside: NDArray[np.bool_], length: int, zoom: bool) -> Span:
    """Axis range: the image, wide enough for neighbours outside it, or the surroundings only."""
    low, high = float(positions.min()), float(positions.max())
    margin = max(0.25 * (high - low), 8.0)
    if zoom:
        return low - margin, high + margin
    if inside.all():
        return -0.5, length - 0.5
    return min(-0.5, low - margin / 4), max(length - 0.5, high + margin / 4)


def _class_name(class_id: int, names: Sequence[str]) -> str:
    if class_id < 0:
        return _OUTSIDE
    return names[class_id] if class_id < len(names) else "not labelled"
