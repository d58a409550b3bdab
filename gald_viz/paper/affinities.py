"""The weights of one position over the image, for print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from numpy.typing import NDArray

from gald_viz.analysis.affinity import PixelAffinity
from gald_viz.figures import overlay
from gald_viz.paper.axes import axis_or_new, bare, figure_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SCALE = "YlOrRd"  # redder is higher
_PALE = 0.6


def draw_affinity(image: NDArray[np.uint8], result: PixelAffinity, limit: float, axis: Axes | None = None) -> Figure:
    """Dots at the neighbours in the colours of their weights, a cross at the point; those outside are left out.

    Args:
        image: (H, W, 3).
        result: of analysis.affinity.affinity_of_pixel.
        limit: weight at the end of the colours.
        axis: to draw into; a new figure without.
    """
    axis = axis_or_new(axis, image.shape[0] / image.shape[1])
    bare(axis)
    height, width = image.shape[:2]
    axis.imshow(overlay.grey(image, _PALE), interpolation="nearest", resample=False)
    inside = result.inside
    axis.scatter(
        result.x[inside],
        result.y[inside],
        c=result.weight[inside],
        s=9,
        cmap=_SCALE,
        vmin=0,
        vmax=limit,
        edgecolors="black",
        linewidths=0.25,
    )
    axis.plot(*result.pixel, "+", color="#0050d0", markersize=6, markeredgewidth=1.0)
    axis.set_xlim(-0.5, width - 0.5)
    axis.set_ylim(height - 0.5, -0.5)
    return figure_of(axis)


def weight_shades(limit: float) -> ScalarMappable:
    """The colours of the weights, for a colour bar."""
    return ScalarMappable(Normalize(0, limit), _SCALE)
