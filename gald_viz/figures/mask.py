"""Pictures of the LD mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gald_viz.analysis.mask import GateByClass, GateBySize
from gald_viz.figures import overlay, theme
from gald_viz.figures.page import Cell
from gald_viz.figures.palette import class_entries, css
from gald_viz.figures.panels import cell_map, image_panels
from gald_viz.figures.sheet import Heading, Sheet

_OUTLINE = {"width": 0.8, "color": "#4a5160"}


@dataclass(frozen=True, slots=True)
class MaskPanel:
    """One map: its title, the gate at image size (H, W), and its cells (h, w), which the pointer reads."""

    title: str
    gate: NDArray[np.floating]
    cells: NDArray[np.floating]


def mask_figure(
    image: NDArray[np.uint8],
    panels: Sequence[MaskPanel],
    limits: tuple[float, float],
    opacity: float,
    heading: Heading,
    cell: Cell | None = None,
) -> go.Figure:
    """Heat maps over the image in grey, one colour bar for all panels.

    Args:
        image: (H, W, 3).
        panels: the maps.
        limits: gate at the ends of the colour scale.
        opacity: of the heat map, 0..1.
        heading: title and subtitle.
        cell: of a page to draw into; a figure of its own without.
    """
    columns = {1: 1, 2: 2, 4: 2}.get(len(panels), 3)
    size = image.shape[:2]
    sheet = image_panels([panel.title for panel in panels], size, columns, heading, colour_bar=True)
    under = overlay.grey(image)
    for index, panel in enumerate(panels):
        look = overlay.blend(under, overlay.heat(panel.gate, limits, theme.HEAT_SCALE), opacity)
        sheet.add(overlay.picture(look), index)
        # Invisible: the pointer reads the cells that the picture was resized from.
        sheet.add(cell_map(panel.cells, size, "gate %{z:.3f}", coloraxis="coloraxis", opacity=0), index)
    sheet.layout["coloraxis"] = {
        "colorscale": theme.HEAT_SCALE,
        "cmin": limits[0],
        "cmax": limits[1],
        "colorbar": theme.colour_bar("gate M"),
    }
    return sheet.figure(cell=cell)


def gate_figure(
    by_class: GateByClass,
    by_size: GateBySize,
    names: Sequence[str],
    colors: NDArray[np.integer],
    heading: Heading,
    cell: Cell | None = None,
) -> go.Figure:
    """Interior and boundary gate of every class present, and gate against object size; colors: (K, 3)."""
    present = np.flatnonzero(by_class.interior_pixels + by_class.boundary_pixels)
    sheet = Sheet(heading, theme.TOP + theme.BOTTOM + 20 + max(24 * len(present), 230))
    gate = {"title": theme.axis_title("mean gate M"), "nticks": 6}
    area = {
        "type": "log",
        "dtick": 1,
        "tickformat": ",",
        "title": theme.axis_title("area of the connected region (px)"),
    }
    classes = sheet.chart((0, 0.43), "class: interior and boundary", gate, {})
    objects = sheet.chart((0.56, 1), "object: gate against size", area, gate)
    _add_class_gates(sheet, classes, by_class, names)
    sheet.add(
        {
            "type": "scatter",
            "x": by_size.area,
            "y": by_size.gate,
            "mode": "markers",
            "marker": {"size": 8, "color": [css(colors[k]) for k in by_size.class_id], "line": _OUTLINE},
            "text": [names[k] for k in by_size.class_id],
            "hovertemplate": "%{text}: %{x:,} px, gate %{y:.3f}<extra></extra>",
            "showlegend": False,
        },
        objects,
    )
    sheet.swatches(class_entries(names, colors, present.tolist()), symbol="circle")
    return sheet.figure(cell=cell)


def _add_class_gates(sheet: Sheet, panel: int, result: GateByClass, names: Sequence[str]) -> None:
    """A dumbbell per class, widest interior gate on top."""
    known = np.where(np.isnan(result.interior), result.boundary, result.interior)
    present = np.flatnonzero(~np.isnan(known))
    order = present[np.argsort(known[present], kind="stable")]
    rows = [names[k] for k in order]
    gap = np.full(len(order), np.nan)
    bars = {
        "type": "scatter",
        "x": np.stack([result.interior[order], result.boundary[order], gap], axis=1).ravel(),
        "y": [name for name in rows for _ in range(3)],
        "mode": "lines",
        "line": {"color": "#aeb5c0", "width": 2},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    sheet.add(bars, panel)
    parts = (
        ("interior", result.interior, result.interior_pixels, theme.ACCENT, "circle"),
        (f"boundary, {result.band} px", result.boundary, result.boundary_pixels, theme.SECOND, "diamond"),
    )
    for name, mean, pixels, color, symbol in parts:
        dots = {
            "type": "scatter",
            "x": mean[order],
            "y": rows,
            "mode": "markers",
            "name": name,
            "marker": {"size": 10, "color": color, "symbol": symbol},
            "customdata": pixels[order],
            "hovertemplate": "%{y}, " + name + ": %{x:.3f} over %{customdata:,} px<extra></extra>",
        }
        sheet.add(dots, panel)
