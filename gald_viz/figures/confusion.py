"""Pictures of a confusion matrix, and of the regions that its cells count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gald_viz.analysis.confused import ConfusedRegions, classes_in, row_shares
from gald_viz.analysis.regions import outline
from gald_viz.figures import cells, overlay, theme
from gald_viz.figures.page import Cell
from gald_viz.figures.panels import hover_labels, image_panels
from gald_viz.figures.sheet import Heading, Sheet

MARKS = ("#e6007e", "#00a0c8")
_CELL, _EDGE = 34, 210  # pixels of a cell, and of what stands round the matrix
_WRITTEN = 12  # classes up to which the cells carry their share


@dataclass(frozen=True, slots=True)
class Confusion:
    """A matrix to draw: whose it is, and its (K, K) pixel counts, rows are labels, columns are predictions."""

    title: str
    counts: NDArray[np.integer]


def confusion_figure(
    matrices: Sequence[Confusion],
    names: Sequence[str],
    chosen: tuple[int, int] | None,
    heading: Heading,
    cell: Cell | None = None,
) -> go.Figure:
    """Confusion matrices by row, of the classes that occur, the chosen cell framed.

    Every cell carries customdata (label, prediction), so that a click can be followed into the image.

    Args:
        matrices: of one or two networks.
        names: K class names.
        chosen: (label, prediction), None for no cell.
        heading: title and subtitle.
        cell: of a page to draw into; a figure of its own without.
    """
    present = classes_in([matrix.counts for matrix in matrices])
    side = float(np.clip(_CELL * len(present), 220, 560))
    sheet = Sheet(heading, side + _EDGE)
    sheet.layout["margin"]["r"] = theme.RIGHT + 70
    spans = ((0.0, 1.0),) if len(matrices) == 1 else ((0.0, 0.44), (0.56, 1.0))
    for index, (matrix, span) in enumerate(zip(matrices, spans, strict=True)):
        _add_matrix(sheet, matrix, present, names, span, chosen)
        if index == 0:
            sheet.axes(0)[1]["title"] = {**theme.axis_title("label"), "standoff": 12}
    bar = {**theme.colour_bar("of the label"), "tickformat": ".0%"}
    sheet.layout |= {
        "coloraxis": {"colorscale": "Blues", "cmin": 0, "cmax": 1, "colorbar": bar},
        "clickmode": "event+select",
        "hovermode": "closest",
        "hoverdistance": 60,
        "dragmode": False,
    }
    return sheet.figure(cell=cell)


def _add_matrix(
    sheet: Sheet,
    matrix: Confusion,
    present: Sequence[int],
    names: Sequence[str],
    span: tuple[float, float],
    chosen: tuple[int, int] | None,
) -> None:
    grid = np.ix_(present, present)
    counts, shares = matrix.counts[grid], row_shares(matrix.counts)[grid]
    labels = [names[k] for k in present]
    axis = {"type": "category", "showgrid": False, "zeroline": False, "automargin": True, "tickfont": {"size": 11}}
    x = {**axis, "domain": span, "tickangle": -45, "title": theme.axis_title("prediction")}
    panel = sheet.panel(x, {**axis, "domain": (0, 1), "autorange": "reversed"}, matrix.title)
    shown = np.array([["" if np.isnan(v) or v < 0.005 else f"{100 * v:.0f}" for v in row] for row in shares])
    sheet.add(
        {
            "type": "heatmap",
            "z": shares,
            "x": labels,
            "y": labels,
            "coloraxis": "coloraxis",
            "xgap": 1,
            "ygap": 1,
            "text": shown,
            "texttemplate": "%{text}" if len(present) <= _WRITTEN else "",
            "hoverinfo": "skip",
        },
        panel,
    )
    sheet.add(cells.targets(present, present, names, _words(counts, shares, labels)), panel)
    for frame in cells.frames(present, present, [chosen] if chosen else []):
        sheet.shape(frame, panel)


def regions_figure(
    image: NDArray[np.uint8],
    found: Sequence[ConfusedRegions],
    prediction: NDArray[np.integer],
    names: Sequence[str],
    heading: Heading,
    cell: Cell | None = None,
) -> go.Figure:
    """The image in grey with the regions in strong colours, each ringed, and boxes round the largest.

    Args:
        image: (H, W, 3).
        found: one or two cells of the confusion matrix.
        prediction: (H, W) class ids, which the pointer reads.
        names: K class names.
        heading: title and subtitle.
        cell: of a page to draw into; a figure of its own without.
    """
    size = (image.shape[0], image.shape[1])
    look = overlay.grey(image, contrast=0.6)
    entries = []
    for regions, color in zip(found, MARKS, strict=False):
        rgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], np.uint8)
        look[outline(regions.mask)] = overlay.blend(look[outline(regions.mask)], rgb, 0.35)
        look[regions.mask] = rgb
        entries.append((f"{_pair(regions, names)}: {regions.pixels:,} px", color))
    sheet = image_panels([""], size, 1, heading)
    # Without a colour bar beside it, the picture may be as wide as any column lets it.
    sheet.layout["margin"]["r"] = theme.RIGHT
    sheet.axes(0)[0]["constraintoward"] = "left"
    sheet.add(overlay.picture(look, exact=True))
    sheet.add(hover_labels(prediction, [f"predicted {name}" for name in names]))
    for regions, color in zip(found, MARKS, strict=False):
        for box in regions.boxes:
            sheet.shape(_rectangle((box.x0, box.y0, box.x1, box.y1), color), 0)
    sheet.swatches(entries)
    return sheet.figure(cell=cell)


def _pair(regions: ConfusedRegions, names: Sequence[str]) -> str:
    if regions.label == regions.prediction:
        return f"{names[regions.label]}, right"
    return f"{names[regions.label]} taken for {names[regions.prediction]}"


def _words(counts: NDArray[np.integer], shares: NDArray[np.floating], labels: Sequence[str]) -> NDArray[np.object_]:
    words = np.empty(counts.shape, dtype=object)
    for row, column in np.ndindex(*counts.shape):
        share = "no labelled px" if np.isnan(shares[row, column]) else f"{100 * shares[row, column]:.1f} %"
        words[row, column] = (
            f"labelled {labels[row]}, predicted {labels[column]}<br>{counts[row, column]:,} px, {share} of the label"
        )
    return words


def _rectangle(corners: tuple[int, int, int, int], color: str) -> dict[str, Any]:
    x0, y0, x1, y1 = (value - 0.5 for value in corners)
    return {"type": "rect", "x0": x0, "y0": y0, "x1": x1, "y1": y1, "line": {"color": color, "width": 1.5}}
