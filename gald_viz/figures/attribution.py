"""An attribution over the image."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gald_viz.analysis.regions import outline
from gald_viz.analysis.resize import bilinear
from gald_viz.figures import overlay, theme
from gald_viz.figures.page import Cell
from gald_viz.figures.panels import cell_map, image_panels
from gald_viz.figures.sheet import Heading

OUTLINE = (230, 0, 126)
_OPACITY = 0.7


def attribution_figure(
    image: NDArray[np.uint8],
    region: NDArray[np.bool_],
    cells: NDArray[np.floating],
    unit: str,
    heading: Heading,
    cell: Cell | None = None,
) -> go.Figure:
    """The map over the image in grey, the target's region outlined.

    Args:
        image: (H, W, 3).
        region: (H, W) what is explained.
        cells: (h, w); a map with negative values gets a scale that is symmetric round 0.
        unit: what the colour means.
        heading: title and subtitle.
        cell: of a page to draw into; a figure of its own without.
    """
    limit = float(np.abs(cells).max()) or 1.0
    low, scale = (-limit, theme.DIFFERENCE_SCALE) if (cells < 0).any() else (0.0, theme.WEIGHT_SCALE)
    size = (image.shape[0], image.shape[1])
    sheet = image_panels(["each cell's part, over the image in grey"], size, 1, heading, colour_bar=True)
    look = overlay.blend(overlay.grey(image), overlay.heat(bilinear(cells, size), (low, limit), scale), _OPACITY)
    look[outline(region)] = OUTLINE
    sheet.add(overlay.picture(look), 0)
    sheet.add(cell_map(cells, size, "%{z:.4g}", coloraxis="coloraxis", opacity=0), 0)
    bar = theme.colour_bar(unit)
    sheet.layout["coloraxis"] = {"colorscale": scale, "cmin": low, "cmax": limit, "colorbar": bar}
    sheet.swatches([("what is explained", f"rgb{OUTLINE}")])
    return sheet.figure(cell=cell)
