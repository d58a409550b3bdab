"""Pictures of an edit: the answer before and after, and its numbers beside those of random edits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gald_viz.analysis.intervention import Intervention
from gald_viz.figures import overlay, theme
from gald_viz.figures.page import Cell
from gald_viz.figures.palette import class_entries, css, ids_in
from gald_viz.figures.panels import hover_labels, image_panels
from gald_viz.figures.sheet import Heading, Sheet

EDIT, RANDOM = theme.ACCENT, theme.SECOND
_NONE = "no object"


@dataclass(frozen=True, slots=True)
class Scene:
    """What the panels are drawn over.

    Attributes:
        image: (H, W, 3) RGB.
        names: K class names.
        colors: (K, 3) RGB.
        opacity: of the classes over the image, 0..1.
    """

    image: NDArray[np.uint8]
    names: Sequence[str]
    colors: NDArray[np.uint8]
    opacity: float = 0.6


def answer_figure(scene: Scene, result: Intervention, heading: Heading, cell: Cell | None = None) -> go.Figure:
    """The classes before, after, and the changed pixels in the colour of their new class."""
    titles = ("before", "after the edit", "changed, new class")
    before, after = result.ids_before, result.ids_after
    sheet = image_panels(titles, scene.image.shape[:2], len(titles), heading)
    for panel, ids in enumerate((before, after)):
        look = overlay.blend(scene.image, overlay.colorize(ids, scene.colors), scene.opacity)
        sheet.add(overlay.picture(look), panel)
        sheet.add(hover_labels(ids, scene.names, _NONE), panel)
    look = overlay.grey(scene.image, contrast=0.4)
    look[result.changed] = overlay.colorize(after, scene.colors)[result.changed]
    sheet.add(overlay.picture(look, exact=True), 2)
    sheet.add(hover_labels(np.where(result.changed, after, -1), scene.names, "unchanged"), 2)
    sheet.swatches(class_entries(scene.names, scene.colors, ids_in(before, after)))
    return sheet.figure(cell=cell)


def baseline_figure(
    result: Intervention, names: Sequence[str], colors: NDArray[np.uint8], heading: Heading, cell: Cell | None = None
) -> go.Figure:
    """Changed pixels of the edit beside every random edit, and those that each class wins or loses; colors: (K, 3)."""
    moved = result.edit.pixels - result.before.pixels
    spread = np.array([change.pixels - result.before.pixels for change in result.random]).reshape(-1, len(names))
    present = np.flatnonzero(result.before.pixels + result.edit.pixels + np.abs(spread).sum(axis=0))
    sheet = Sheet(heading, theme.TOP + theme.BOTTOM + 60 + max(22 * len(present), 120))
    share = {
        "title": theme.axis_title("changed pixels, %") | {"standoff": 8},
        "rangemode": "tozero",
        "automargin": True,
    }
    sheet.chart((0, 0.2), "whole image", {"type": "category"}, share)
    sheet.chart(
        (0.36, 1),
        "pixels won or lost by each class",
        {"title": theme.axis_title("pixels"), "zeroline": True, "zerolinecolor": theme.RULE},
        {"type": "category", "autorange": "reversed"},
    )
    labels = [names[k] for k in present]
    sheet.add(_bar(["edit"], [100 * result.edit.share], EDIT, "v"), 0)
    random = [100 * change.share for change in result.random]
    sheet.add(_dots(["random"] * len(random), random, "%{y:.2f} %"), 0)
    bars = _bar(moved[present].tolist(), labels, [css(colors[k]) for k in present], "h")
    sheet.add(bars | {"marker": bars["marker"] | {"line": {"width": 1, "color": "#4a5160"}}}, 1)
    for line in spread:
        sheet.add(_dots(line[present].tolist(), labels, "%{x}"), 1)
    sheet.swatches([("the edit (bars; classes in their colour)", EDIT)])
    sheet.swatches([("a random edit of equal size, one dot a seed", RANDOM)], symbol="circle")
    return sheet.figure(cell=cell)


def _bar(x: list, y: list, color: str | list[str], orientation: str) -> dict:
    reads = "%{x}: %{y:.2f} %" if orientation == "v" else "%{y}: %{x} px"
    return {
        "type": "bar",
        "x": x,
        "y": y,
        "orientation": orientation,
        "marker": {"color": color},
        "showlegend": False,
        "hovertemplate": f"{reads}<extra>edit</extra>",
    }


def _dots(x: list, y: list, reads: str) -> dict:
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "markers",
        "marker": {"color": RANDOM, "size": 7, "opacity": 0.8, "line": {"width": 1, "color": "white"}},
        "showlegend": False,
        "hovertemplate": f"{reads}<extra>random edit</extra>",
    }
