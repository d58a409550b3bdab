"""Objects over an image for print: colour a class, dashed boxes for wrong ones, dotted for missed ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from gald_viz.analysis.detection import WRONG
from gald_viz.figures import overlay
from gald_viz.paper.axes import axis_or_new, bare, figure_of
from gald_viz.types import Objects

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MISSED = "#e0007a"


@dataclass(frozen=True, slots=True)
class Found:
    """What one panel shows.

    Attributes:
        objects: found, or labelled ones.
        verdict: (N,) of analysis.detection.
        missed: labelled ones that nothing found.
        note: its numbers.
    """

    objects: Objects
    verdict: NDArray[np.int64]
    missed: Objects
    note: str = ""


def draw_objects(image: NDArray[np.uint8], found: Found, colors: NDArray[np.uint8], axis: Axes | None = None) -> Figure:
    """Masks and boxes over an image.

    Args:
        image: (H, W, 3) RGB, what was looked at.
        found: objects with their verdicts.
        colors: (K, 3) of the classes.
        axis: to draw into; a new figure without.
    """
    axis = axis_or_new(axis, image.shape[0] / image.shape[1])
    bare(axis)
    shown = image.copy()
    for k in range(len(found.objects))[::-1]:
        if found.objects.masks is not None:
            where, color = found.objects.masks[k], colors[found.objects.labels[k]]
            shown[where] = overlay.blend(image[where], np.broadcast_to(color, image[where].shape), 0.5)
    axis.imshow(shown, interpolation="nearest", resample=False)
    for k, box in enumerate(found.objects.boxes):
        color = colors[found.objects.labels[k]] / 255
        _box(axis, box, color, "--" if found.verdict[k] == WRONG else "-")
    for box in found.missed.boxes:
        _box(axis, box, MISSED, ":")
    return figure_of(axis)


def _box(axis: Axes, box: NDArray[np.floating], color: object, style: str) -> None:
    corner, size = (box[0] - 0.5, box[1] - 0.5), (box[2] - box[0], box[3] - box[1])
    for width, tone, dash in ((1.5, "white", "-"), (0.9, color, style)):
        axis.add_patch(Rectangle(corner, *size, fill=False, linewidth=width, edgecolor=tone, linestyle=dash))
