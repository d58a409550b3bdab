"""Pictures of what errors consist of: where each kind is in an image, and what mending it would give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gald_viz.analysis.decomposition import ERRORS, Decomposition
from gald_viz.figures import overlay, theme
from gald_viz.figures.error import ErrorScene
from gald_viz.figures.page import Cell
from gald_viz.figures.palette import class_entries, ids_in, rgb_table
from gald_viz.figures.panels import hover_labels, image_panels
from gald_viz.figures.sheet import Heading, Sheet

# After Wong, Nature Methods 2011: told apart by colour-blind readers too. In the order of ERRORS.
KIND_COLORS = ("#d55e00", "#e69f00", "#cc79a7", "#0072b2")
_CLASSES = 10


def kinds_figure(
    scene: ErrorScene,
    prediction: NDArray[np.integer],
    kinds: NDArray[np.uint8],
    heading: Heading,
    cell: Cell | None = None,
) -> go.Figure:
    """Prediction (H, W), label, and the kind of every wrong pixel, kinds (H, W), over the grey image."""
    titles = ("prediction", "label", "kind of error")
    sheet = image_panels(titles, scene.image.shape[:2], 2, heading)
    unlabelled = "not labelled"
    for panel, ids in enumerate((prediction, scene.label)):
        look = overlay.blend(scene.image, overlay.colorize(ids, scene.colors), scene.opacity)
        sheet.add(overlay.picture(look), panel)
        sheet.add(hover_labels(ids, scene.names, unlabelled), panel)
    look, colors = overlay.grey(scene.image, contrast=0.4), rgb_table(KIND_COLORS)
    for number, color in enumerate(colors, start=1):
        look[kinds == number] = color
    look[kinds > len(colors)] = overlay.UNLABELLED
    sheet.add(overlay.picture(look, exact=True), 2)
    sheet.add(hover_labels(kinds, ("right", *ERRORS), unlabelled), 2)
    sheet.swatches(class_entries(scene.names, scene.colors, ids_in(prediction, scene.label)))
    sheet.swatches(list(zip(ERRORS, KIND_COLORS, strict=True)))
    return sheet.figure(cell=cell)


def decomposition_figure(
    result: Decomposition, names: Sequence[str], heading: Heading, cell: Cell | None = None
) -> go.Figure:
    """mIoU that mending each kind would give, and the wrong pixels of the classes by kind."""
    sheet = Sheet(heading, theme.TOP + theme.BOTTOM + 270)
    rate: dict[str, Any] = {"title": theme.axis_title("mIoU, %"), "range": [0, 108]}
    sheet.chart((0, 0.4), "mIoU if one kind were mended", {}, rate)
    sheet.chart((0.5, 1), "wrong pixels by class", {}, {"title": theme.axis_title("px"), "rangemode": "tozero"})
    bars = [100 * result.miou, *(100 * result.mended)]
    sheet.add(
        {
            "type": "bar",
            "x": ["as it is", *(name.replace(" ", "<br>") for name in ERRORS)],
            "y": bars,
            "text": ["" if np.isnan(value) else f"{value:.1f}" for value in bars],
            "textposition": "outside",
            "cliponaxis": False,
            "marker": {"color": [theme.MUTED, *KIND_COLORS]},
            "showlegend": False,
            "hovertemplate": "%{x}: %{y:.2f} %<extra></extra>",
        },
        0,
    )
    table = result.by_class
    order = np.argsort(-table.sum(axis=0), kind="stable")[:_CLASSES]
    order = order[table.sum(axis=0)[order] > 0]
    for row, (name, color) in enumerate(zip(ERRORS, KIND_COLORS, strict=True)):
        trace = {"type": "bar", "x": [names[k] for k in order], "y": table[row, order], "name": name}
        look = {"marker": {"color": color}, "hovertemplate": f"%{{x}}: %{{y:,}} px {name}<extra></extra>"}
        sheet.add(trace | look, 1)
    sheet.layout |= {"barmode": "stack", "bargap": 0.25}
    return sheet.figure(cell=cell)
