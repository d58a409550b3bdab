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
from gald_viz.figures.palette import class_entries, ids_in
from gald_viz.figures.panels import cell_map, image_panels
from gald_viz.figures.sheet import Heading, Sheet

RUN_COLORS = (theme.ACCENT, theme.SECOND, "#2e8b57", "#9a3fb5", "#7a5c3e", "#c2255c")
_HEIGHT = 250


@dataclass(frozen=True, slots=True)
class RunCurves:
    """What is drawn of one run: loss and learning rate by step, mIoU by validation."""

    loss: Curve
    rate: Curve
    miou: Curve


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


def curves_figure(runs: Mapping[str, RunCurves], heading: Heading) -> go.Figure:
    """Loss, mIoU and learning rate over the steps, one colour a run."""
    sheet = Sheet(heading, _HEIGHT + theme.TOP + theme.BOTTOM)
    step = {"title": theme.axis_title("step")}
    panels = {
        "loss": sheet.chart((0.0, 0.29), "loss", step, {}),
        "mIoU": sheet.chart((0.37, 0.65), "mIoU, %", step, {"rangemode": "tozero"}),
        "rate": sheet.chart((0.74, 1.0), "learning rate", step, {"rangemode": "tozero", "exponentformat": "e"}),
    }
    for number, (name, curves) in enumerate(runs.items()):
        color = RUN_COLORS[number % len(RUN_COLORS)]
        sheet.add(_line(name, curves.loss, color) | {"showlegend": len(runs) > 1}, panels["loss"])
        sheet.add(_line(name, curves.miou, color, 100.0, "lines+markers"), panels["mIoU"])
        sheet.add(_line(name, curves.rate, color), panels["rate"])
    return sheet.figure()


def classes_figure(classes: Mapping[str, Curve], colors: Mapping[str, str], heading: Heading) -> go.Figure:
    """IoU of every class over the validations, in the class's colour.

    Args:
        classes: class -> IoU in 0..1.
        colors: class -> css colour.
        heading: title and subtitle.
    """
    sheet = Sheet(heading, _HEIGHT + theme.TOP + theme.BOTTOM)
    panel = sheet.chart(
        (0.0, 1.0), "", {"title": theme.axis_title("step")}, {"title": theme.axis_title("IoU, %"), "range": [0, 100]}
    )
    for name, curve in classes.items():
        line = _line(name, curve, colors.get(name, theme.MUTED), 100.0, "lines+markers")
        sheet.add(line | {"showlegend": True}, panel)
    return sheet.figure(clickable_legend=True)


def answer_figure(answer: Answer, names: Sequence[str], colors: NDArray[np.uint8], heading: Heading) -> go.Figure:
    """The image, its label, what the network and its stages say, and the maps of its LD."""
    ranges = (f"{title} ({np.min(values):.2g} to {np.max(values):.2g})" for title, values in answer.maps.items())
    titles = ("image", "label", *answer.predictions, *ranges)
    sheet = image_panels(titles, answer.image.shape[:2], 3, heading)
    sheet.add(overlay.picture(answer.image), 0)
    shown = {"label": answer.label, **answer.predictions}
    for panel, ids in enumerate(shown.values(), start=1):
        sheet.add(overlay.picture(overlay.colorize(ids, colors), exact=True), panel)
    for panel, values in enumerate(answer.maps.values(), start=1 + len(shown)):
        trace = cell_map(values, answer.image.shape[:2], "%{z:.3f}", colorscale=theme.HEAT_SCALE)
        sheet.add(trace, panel)
    sheet.swatches(class_entries(names, colors, ids_in(*shown.values())))
    return sheet.figure()


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
