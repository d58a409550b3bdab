"""Grids of anchors over a picture.

Zhu et al., ICCV 2019, arXiv:1908.07678 (ANN), Fig. 4.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.teach_anchors import grids
from gald_viz.figures.marked import Panel, Places


def anchor_panels(
    picture: NDArray[np.uint8],
    values: NDArray[np.floating],
    places: NDArray[np.floating],
    widths: Sequence[int],
    marks: tuple[Places, ...] = (),
) -> list[Panel]:
    """One panel a grid, for marked_figure: each cell an anchor coloured by its value, with a dot at its centre.

    Args:
        picture: (H, W, 3).
        values: (S,) of the anchors, grid after grid, row by row.
        places: (2, S) x and y of the anchors in image pixels.
        widths: cells a side of each grid, S = sum of n * n.
        marks: what else is marked in every panel.

    Raises:
        ValueError: if the values or places are not those of these grids.
    """
    return [
        Panel(
            f"{width} × {width} anchors",
            picture,
            grid,
            (Places("anchor, at the centre of its cell", *centres.reshape(2, -1), color="#ffffff", size=6), *marks),
            opacity=0.55,
        )
        for width, grid, centres in zip(widths, grids(values, widths), grids(places, widths), strict=True)
    ]
