"""Pictures of how features are separated by class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gald_viz.analysis.separation import CellSample, Embedding
from gald_viz.figures import overlay, theme
from gald_viz.figures.page import Cell
from gald_viz.figures.palette import css
from gald_viz.figures.panels import image_panels
from gald_viz.figures.sheet import Heading, Sheet

_GAP = 0.05


@dataclass(frozen=True, slots=True)
class ClassStyle:
    """Names (K) and colours (K, 3) of the classes; ids of the samples to bring out, all when empty."""

    names: Sequence[str]
    colors: NDArray[np.integer]
    selected: tuple[int, ...] = ()


def separation_figure(
    maps: Sequence[tuple[str, Embedding]],
    sample: CellSample,
    style: ClassStyle,
    heading: Heading,
    cell: Cell | None = None,
    limits: Sequence[NDArray[np.floating]] = (),
) -> go.Figure:
    """One scatter a stage or network, the same cells in all, coloured by class.

    Every point carries customdata (sample id, image, x, y), so that a lasso can be followed into the image.

    Args:
        maps: (title, map of the samples).
        sample: the cells.
        style: class names, colours and the selection.
        heading: title and subtitle.
        cell: of a page to draw into; a figure of its own without.
        limits: (2, 2) lowest and highest x and y of every panel; what fits each without.
    """
    # Panel titles have two lines, so the plots start lower.
    sheet = Sheet(heading, theme.TOP + 20 + theme.BOTTOM + (420 if len(maps) < 3 else 320))
    sheet.layout["margin"]["t"] += 20
    length = (1 - _GAP * (len(maps) - 1)) / len(maps)
    for index, (title, embedding) in enumerate(maps):
        start = index * (length + _GAP)
        bare: dict[str, Any] = {"showticklabels": False, "ticks": "", "mirror": True}
        x = {**bare, "title": theme.axis_title(f"{embedding.method} 1")}
        y = {**bare, "title": theme.axis_title(f"{embedding.method} 2" if index == 0 else "")}
        if limits:
            x["range"], y["range"] = (_wider(ends) for ends in limits[index])
        panel = sheet.chart((start, min(start + length, 1.0)), title, x, y)
        for trace in _class_traces(embedding.points, sample, style, np.ones(len(sample), dtype=bool)):
            sheet.add(trace | {"showlegend": index == 0}, panel)
    sheet.layout |= {"dragmode": "lasso", "uirevision": "separation"}
    return sheet.figure(clickable_legend=True, cell=cell)


def sampled_cells_figure(
    image: NDArray[np.uint8],
    sample: CellSample,
    number: int,
    style: ClassStyle,
    heading: Heading,
    cell: Cell | None = None,
) -> go.Figure:
    """The sampled cells of image `number`, (H, W, 3), with the same ids and colours as in the scatter."""
    sheet = image_panels([""], image.shape[:2], 1, heading)
    sheet.add(overlay.picture(overlay.grey(image, contrast=0.7)))
    position = np.stack([sample.x, sample.y], axis=1)
    for trace in _class_traces(position, sample, style, sample.image == number):
        sheet.add(trace)
    sheet.layout["dragmode"] = "lasso"
    return sheet.figure(clickable_legend=True, cell=cell)


def _wider(ends: NDArray[np.floating]) -> list[float]:
    """Both ends with a margin beyond them."""
    margin = 0.05 * float(ends[1] - ends[0]) or 1.0
    return [float(ends[0]) - margin, float(ends[1]) + margin]


def _class_traces(
    points: NDArray[np.number], sample: CellSample, style: ClassStyle, shown: NDArray[np.bool_]
) -> list[dict[str, Any]]:
    """One trace a class present among the samples shown."""
    traces = []
    for class_id in np.unique(sample.class_id[shown]):
        chosen = np.flatnonzero(shown & (sample.class_id == class_id))
        name = style.names[class_id]
        where = "image %{customdata[1]}, pixel (%{customdata[2]}, %{customdata[3]})"
        trace = {
            "type": "scatter",
            "x": points[chosen, 0].astype(np.float32),
            "y": points[chosen, 1].astype(np.float32),
            "mode": "markers",
            "name": name,
            "legendgroup": name,
            "marker": {
                "size": 7,
                "color": css(style.colors[class_id]),
                "line": {"width": 0.6, "color": "#2a2f3a"},
                "opacity": 0.85,
            },
            "unselected": {"marker": {"opacity": 0.12}},
            "customdata": np.stack([chosen, sample.image[chosen], sample.x[chosen], sample.y[chosen]], axis=1),
            "hovertemplate": f"{name}: {where}<extra></extra>",
        }
        if style.selected:
            trace["selectedpoints"] = np.flatnonzero(np.isin(chosen, style.selected)).tolist()
        traces.append(trace)
    return traces
