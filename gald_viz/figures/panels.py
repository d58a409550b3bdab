"""Panels that show one image in several ways: one zoom, square pixels, coordinates in image pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gald_viz.figures import theme
from gald_viz.figures.sheet import Heading, Sheet

TALLEST = 420  # pixels of one panel
_GAP_X, _GAP_Y = 14, 46  # pixels between panels: room for tick labels and a title
_BAR = 74  # pixels for a colour bar
_LETTER, _LINE = 6.6, 17  # pixels of a letter and a line of a panel's title
_HOVER_COLUMNS = 96


def image_panels(
    titles: Sequence[str], size: tuple[int, int], columns: int, heading: Heading, colour_bar: bool = False
) -> Sheet:
    """A sheet of panels, row by row, whose axes are the pixels of an image of `size` (H, W).

    Args:
        titles: one per panel; ``<br>`` breaks the line.
        size: (H, W).
        columns: panels in a row.
        heading: title and subtitle.
        colour_bar: whether to leave room for one on the right.
    """
    rows = -(-len(titles) // columns)
    right = theme.RIGHT + (_BAR if colour_bar else 0)
    inner = theme.WIDTH - theme.LEFT - right
    panel = (inner - _GAP_X * (columns - 1)) / columns * size[0] / size[1]
    if panel > TALLEST:
        # Narrower, so that the colour bar stays beside the picture, but as wide as a title is.
        widest = min(max(_written(titles), TALLEST * size[1] / size[0]), inner / columns - _GAP_X)
        inner = columns * widest + _GAP_X * (columns - 1)
        right, panel = theme.WIDTH - theme.LEFT - inner, TALLEST
    plot = rows * panel + (rows - 1) * _GAP_Y
    further = _LINE * max((title.count("<br>") for title in titles[:columns]), default=0)
    sheet = Sheet(heading, plot + theme.TOP + further + theme.BOTTOM)
    sheet.layout["margin"]["t"] += further
    sheet.layout["margin"]["r"] = round(right)
    sheet.layout |= {"uirevision": "panels", "dragmode": "zoom"}
    for index, title in enumerate(titles):
        row, column = divmod(index, columns)
        x, y = pixel_axes(size)
        x |= {
            "domain": _cell(column, columns, _GAP_X / inner),
            "showticklabels": index + columns >= len(titles),
        }
        # The first row stands on top, the domain counts from the bottom.
        y |= {"domain": _cell(rows - 1 - row, rows, _GAP_Y / plot), "showticklabels": column == 0}
        if index:
            x["matches"], y["matches"] = "x", "y"
        else:
            y |= {"scaleanchor": "x", "scaleratio": 1}
        sheet.panel(x, y, title)
    return sheet


def pixel_axes(size: tuple[int, int]) -> tuple[dict[str, Any], dict[str, Any]]:
    """x and y axis over the pixels of an image (H, W), rows counted downwards."""
    x = {**theme.PIXEL_AXIS, "range": [-0.5, size[1] - 0.5], "showticksuffix": "last"}
    y = {
        **theme.PIXEL_AXIS,
        "range": [size[0] - 0.5, -0.5],
        "showticksuffix": "first",
        "constraintoward": "top",
    }
    return x, y


def cell_map(values: NDArray[np.floating], size: tuple[int, int], template: str, **trace: Any) -> dict[str, Any]:
    """A heat map of (h, w) cells that covers the image exactly.

    Args:
        values: (h, w).
        size: (H, W) of the image.
        template: what the pointer shows, with %{z}.
        **trace: further properties of the heat map.
    """
    dx, dy = size[1] / values.shape[1], size[0] / values.shape[0]
    return {
        "type": "heatmap",
        "z": np.asarray(values, dtype=np.float32),
        "x0": dx / 2 - 0.5,
        "dx": dx,
        "y0": dy / 2 - 0.5,
        "dy": dy,
        "hovertemplate": template + "<extra></extra>",
        "showscale": False,
        **trace,
    }


def add_maps(sheet: Sheet, first: int, maps: Mapping[str, NDArray[np.floating]], size: tuple[int, int]) -> None:
    """Maps in panels of their own, in the row of each its colour bar on the right.

    Args:
        sheet: made by image_panels with room for a colour bar.
        first: panel of the first map.
        maps: title -> (h, w) cells over an image.
        size: (H, W) of the image.
    """
    for panel, (title, values) in enumerate(maps.items(), start=first):
        bottom, top = sheet.axes(panel)[1]["domain"]
        place = {"y": (bottom + top) / 2, "len": top - bottom, "lenmode": "fraction", "x": 1.01}
        bar = theme.colour_bar(title.partition(":")[0].partition(",")[0], **place)
        trace = cell_map(values, size, "%{z:.3f}", colorscale=theme.HEAT_SCALE, colorbar=bar)
        sheet.add(trace | {"showscale": True}, panel)


def hover_labels(labels: NDArray[np.integer], names: Sequence[str], unknown: str = "") -> dict[str, Any]:
    """An invisible grid over a label picture (H, W): the pointer reads the class at the nearest sample."""
    step = max(-(-labels.shape[1] // _HOVER_COLUMNS), 1)
    thin = labels[step // 2 :: step, step // 2 :: step]
    words = np.array([*names, unknown], dtype=np.str_)
    return {
        "type": "heatmap",
        "z": np.zeros(thin.shape, dtype=np.uint8),
        "text": words[np.where((thin >= 0) & (thin < len(names)), thin, len(names))],
        "x0": step // 2,
        "dx": step,
        "y0": step // 2,
        "dy": step,
        "opacity": 0,
        "showscale": False,
        "hovertemplate": "%{text}<extra></extra>",
    }


def _written(titles: Sequence[str]) -> float:
    """Pixels that the longest line of the titles takes."""
    return _LETTER * max(len(line) for title in titles for line in title.split("<br>"))


def _cell(index: int, count: int, gap: float) -> tuple[float, float]:
    """Domain of place `index` of `count` with gaps between."""
    length = (1 - gap * (count - 1)) / count
    start = index * (length + gap)
    return start, min(start + length, 1.0)
