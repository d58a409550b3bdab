"""Pictures of a training: curves of one or several runs, and what a network says about fixed images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gald_viz.analysis.training import Curve
from gald_viz.figures import overlay, theme
from gald_viz.figures.page import Cell
from gald_viz.figures.palette import class_entries, ids_in
from gald_viz.figures.panels import add_maps, image_panels
from gald_viz.figures.sheet import Heading, Sheet

RUN_COLORS = (theme.ACCENT, theme.SECOND, "#2e8b57", "#9a3fb5", "#7a5c3e", "#c2255c")
_HEIGHT = 175


@dataclass(frozen=True, slots=True)
class RunCurves:
    """What is drawn of one run.

    Attributes:
        loss: by step.
        rate: learning rate by step.
        score: 0..1, by validation.
        speed: images a second, about one value a second.
        title: what the score is: mIoU or mAP@.5.
    """

    loss: Curve
    rate: Curve
    score: Curve
    speed: Curve
    title: str = "mIoU"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a network says about an image at one moment of its training.

    Attributes:
        image: (H, W, 3) uint8.
        label: (H, W) ids.
        predictions: title -> (H, W) ids, the network's own and those of its stages.
        maps: title -> (h, w) values in 0..1.
    """

    image: NDArray[np.uint8]
    label: NDArray[np.integer]
    predictions: Mapping[str, NDArray[np.integer]]
    maps: Mapping[str, NDArray[np.floating]]


def curves_figure(runs: Mapping[str, RunCurves], heading: Heading, cell: Cell | None = None) -> go.Figure:
    """Loss, score, learning rate and images a second over the steps, one colour a run."""
    sheet = Sheet(heading, 2 * _HEIGHT + theme.TOP + theme.BOTTOM)
    score = " or ".join(dict.fromkeys(curves.title for curves in runs.values()))
    titles = ("loss", f"{score}, %", "learning rate", "images a second")
    panels = [_step_panel(sheet, place, title) for place, title in enumerate(titles)]
    for number, (name, curves) in enumerate(runs.items()):
        color = RUN_COLORS[number % len(RUN_COLORS)]
        sheet.add(_line(name, curves.loss, color) | {"showlegend": len(runs) > 1}, panels[0])
        sheet.add(_line(name, curves.score, color, 100.0, "lines+markers"), panels[1])
        sheet.add(_line(name, curves.rate, color), panels[2])
        sheet.add(_line(name, curves.speed, color), panels[3])
    return sheet.figure(cell=cell)


def classes_figure(
    classes: Mapping[str, Curve], colors: Mapping[str, str], measure: str, heading: Heading, cell: Cell | None = None
) -> go.Figure:
    """IoU or AP of every class over the validations, in the class's colour.

    Args:
        classes: class -> rate in 0..1.
        colors: class -> css colour.
        measure: what the rate is.
        heading: title and subtitle.
        cell: of a page to draw into; a figure of its own without.
    """
    sheet = Sheet(heading, 250 + theme.TOP + theme.BOTTOM)
    panel = sheet.chart(
        (0.0, 1.0),
        "",
        {"title": theme.axis_title("step")},
        {"title": theme.axis_title(f"{measure}, %"), "range": [0, 100]},
    )
    for name, curve in classes.items():
        line = _line(name, curve, colors.get(name, theme.MUTED), 100.0, "lines+markers")
        sheet.add(line | {"showlegend": True}, panel)
    return sheet.figure(clickable_legend=True, cell=cell)


def answer_figure(
    answer: Answer, names: Sequence[str], colors: NDArray[np.uint8], heading: Heading, cell: Cell | None = None
) -> go.Figure:
    """The image, its label, what the network and its stages say, and the maps of its LD; colors: (K, 3)."""
    titles, size = ("image", "label", *answer.predictions, *answer.maps), answer.image.shape[:2]
    sheet = image_panels(titles, size, 3, heading, colour_bar=bool(answer.maps))
    sheet.add(overlay.picture(answer.image), 0)
    shown = {"label": answer.label, **answer.predictions}
    for panel, ids in enumerate(shown.values(), start=1):
        sheet.add(overlay.picture(overlay.colorize(ids, colors), exact=True), panel)
    add_maps(sheet, 1 + len(shown), answer.maps, size)
    sheet.swatches(class_entries(names, colors, ids_in(*shown.values())))
    return sheet.figure(cell=cell)


def _step_panel(sheet: Sheet, place: int, title: str) -> int:
    """One of two by two charts over the steps."""
    row, column = divmod(place, 2)
    x = {**theme.CHART_AXIS, "domain": (0.0, 0.46) if column == 0 else (0.54, 1.0)}
    # The upper row has the lower one's steps.
    x |= {"title": theme.axis_title("step")} if row else {}
    y = {**theme.CHART_AXIS, "domain": (0.6, 1.0) if row == 0 else (0.0, 0.4)}
    # A loss may lie far from 0; of the others 0 is what they are compared with.
    return sheet.panel(x, y if place == 0 else y | {"rangemode": "tozero"}, title)


def _line(name: str, curve: Curve, color: str, factor: float = 1.0, mode: str = "lines") -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": mode,
        "x": curve.step,
        "y": factor * curve.value,
        "name": name,
        "line": {"color": color, "width": 1.8},
        "marker": {"size": 5, "color": color},
        "showlegend": False,
        "hovertemplate": f"{name}<br>step %{{x}}: %{{y:.4g}}<extra></extra>",
    }
