"""Tables of pictures for print: rows of images, columns of what is shown of them, one legend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from gald_viz.analysis.regions import Box
from gald_viz.figures import overlay
from gald_viz.paper.axes import axis_or_new, bare, figure_of, inches, wrapped
from gald_viz.paper.legends import class_patches, columns_for, line, patch
from gald_viz.paper.style import SMALL, TEXT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

OPACITY = 0.6  # of class colours and heat over the image
_TALLEST = 8.4  # inches: a page
_GAP = 0.02
_BAR = 0.55  # inches of a colour bar with its numbers


@dataclass(frozen=True, slots=True)
class Mark:
    """A box on a picture.

    Attributes:
        box: where.
        color: of its line.
        meaning: what the legend says.
        dashed: how the line is drawn.
    """

    box: Box
    color: str
    meaning: str = ""
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture of the table; the image, with at most one of the others over it.

    Attributes:
        image: (H, W, 3) uint8.
        classes: (H, W) ids, drawn in their colours.
        wrong: (H, W) with classes: these pixels in the colours, white elsewhere, grey where not known.
        known: (H, W) pixels that are evaluated, with wrong.
        values: (h, w) in the colours of the table's limits.
        marks: boxes in pixels of the image.
        note: below it, such as its number.
        crop: the part that is shown; None for all.
    """

    image: NDArray[np.uint8]
    classes: NDArray[np.integer] | None = None
    wrong: NDArray[np.bool_] | None = None
    known: NDArray[np.bool_] | None = None
    values: NDArray[np.floating] | None = None
    marks: tuple[Mark, ...] = ()
    note: str = ""
    crop: Box | None = None


@dataclass(frozen=True, slots=True)
class PictureTable:
    """What is drawn.

    Attributes:
        titles: one a column.
        rows: panels, as many as titles each; None leaves a place empty.
        names, colors: K class names and their (K, 3) colours.
        row_titles: one a row, or none.
        quantity: of the values' colour bar.
        limits: values at the ends of the colours.
    """

    titles: tuple[str, ...]
    rows: tuple[tuple[Panel | None, ...], ...]
    names: Sequence[str]
    colors: NDArray[np.uint8]
    row_titles: tuple[str, ...] = ()
    quantity: str = ""
    limits: tuple[float, float] = (0.0, 1.0)


def draw_table(table: PictureTable, place: Figure | SubFigure) -> None:
    """All panels, the legend of classes and boxes below, the colour bar at the right."""
    axes = place.subplots(len(table.rows), len(table.titles), squeeze=False)
    cell = _cell_width(table, inches(place)[0])
    for r, row in enumerate(table.rows):
        for c, panel in enumerate(row):
            axis = axes[r, c]
            bare(axis)
            if r == 0:
                axis.set_title(wrapped(table.titles[c], cell), fontsize=TEXT)
            if panel is None:
                axis.set_axis_off()
                continue
            draw_panel(panel, table.colors, table.limits, axis)
            if panel.note:
                axis.set_xlabel(wrapped(panel.note, cell, SMALL), fontsize=SMALL, labelpad=2)
            if table.row_titles and c == 0:
                axis.set_ylabel(wrapped(table.row_titles[r], _panel_height(row, cell), SMALL), fontsize=SMALL)
    if table.quantity:
        shades = ScalarMappable(Normalize(*table.limits), "viridis")
        bar = place.colorbar(shades, ax=axes, aspect=30, shrink=min(1.0, 1.6 / len(table.rows)), pad=0.01)
        bar.set_label(table.quantity, fontsize=SMALL)
        bar.outline.set_linewidth(0.3)
    legend = _legend(table)
    if legend:
        columns = columns_for(legend, inches(place)[0])
        place.legend(handles=legend, loc="outside lower center", ncols=columns, columnspacing=1.0)


def draw_panel(
    panel: Panel, colors: NDArray[np.uint8], limits: tuple[float, float] = (0.0, 1.0), axis: Axes | None = None
) -> Figure:
    """One picture with its boxes.

    Args:
        panel: what to draw.
        colors: (K, 3) of the classes.
        limits: values at the ends of the colours.
        axis: to draw into; a new figure without.
    """
    axis = axis_or_new(axis, panel.image.shape[0] / panel.image.shape[1])
    bare(axis)
    axis.imshow(_look(panel, colors, limits), interpolation="nearest", resample=False)
    for mark in panel.marks:
        _draw_mark(mark, axis)
    if panel.crop is not None:
        crop = panel.crop
        axis.set_xlim(crop.x0 - 0.5, crop.x1 - 0.5)
        axis.set_ylim(crop.y1 - 0.5, crop.y0 - 0.5)
    return figure_of(axis)


def table_height(table: PictureTable, width: float) -> float:
    """Inches that the table needs at this width; a page at most."""
    cell = _cell_width(table, width)
    lines = max(wrapped(title, cell).count("\n") + 1 for title in table.titles)
    height = lines * TEXT * 1.3 / 72 + 0.06
    for row in table.rows:
        notes = [wrapped(panel.note, cell, SMALL).count("\n") + 1 for panel in row if panel and panel.note]
        height += _panel_height(row, cell) + max(notes, default=0) * SMALL * 1.2 / 72 + _GAP + (0.03 if notes else 0)
    legend = _legend(table)
    if legend:
        height += math.ceil(len(legend) / columns_for(legend, width)) * SMALL * 1.5 / 72 + 0.06
    return min(height, _TALLEST)


def _look(panel: Panel, colors: NDArray[np.uint8], limits: tuple[float, float]) -> NDArray[np.uint8]:
    if panel.values is not None:
        shades = matplotlib.colormaps["viridis"](Normalize(*limits, clip=True)(panel.values), bytes=True)[..., :3]
        size = panel.image.shape[:2]
        if shades.shape[:2] != size:
            rows, columns = (np.arange(full) * part // full for full, part in zip(size, shades.shape, strict=False))
            shades = shades[np.ix_(rows, columns)]
        return overlay.blend(overlay.grey(panel.image), shades, 0.75)
    if panel.classes is None:
        return panel.image
    painted = overlay.colorize(panel.classes, colors)
    if panel.wrong is not None:
        known = np.ones_like(panel.wrong) if panel.known is None else panel.known
        return overlay.error_look(panel.image, painted, panel.wrong, known)
    return overlay.blend(panel.image, painted, OPACITY)


def _draw_mark(mark: Mark, axis: Axes) -> None:
    box = mark.box
    corner, size = (box.x0 - 0.5, box.y0 - 0.5), (box.x1 - box.x0, box.y1 - box.y0)
    # A dark line underneath keeps the box visible on any colour.
    for width, color, style in ((1.8, "black", "-"), (1.0, mark.color, ":" if mark.dashed else "-")):
        axis.add_patch(Rectangle(corner, *size, fill=False, linewidth=width, edgecolor=color, linestyle=style))


def _legend(table: PictureTable) -> list[Any]:
    panels = [panel for row in table.rows for panel in row if panel is not None]
    present: set[int] = set()
    for panel in panels:
        if panel.classes is not None:
            shown = panel.classes if panel.wrong is None else panel.classes[panel.wrong]
            present |= set(np.unique(shown).tolist())
    entries = class_patches(present, table.names, table.colors)
    marks = {mark.meaning: mark for panel in panels for mark in panel.marks if mark.meaning}
    for meaning, mark in marks.items():
        entries += line(mark.color, meaning, ":" if mark.dashed else "-")
    if any(panel.wrong is not None for panel in panels):
        entries.append(patch("white", "right"))
    return entries


def _cell_width(table: PictureTable, width: float) -> float:
    left = 0.14 if table.row_titles else 0.0
    bar = _BAR if table.quantity else 0.0
    return (width - left - bar - 0.04 * len(table.titles)) / len(table.titles)


def _panel_height(row: Sequence[Panel | None], cell: float) -> float:
    shapes = [_shown_size(panel) for panel in row if panel is not None]
    return cell * max(height / width for height, width in shapes)


def _shown_size(panel: Panel) -> tuple[int, int]:
    if panel.crop is None:
        return panel.image.shape[0], panel.image.shape[1]
    return panel.crop.y1 - panel.crop.y0, panel.crop.x1 - panel.crop.x0
