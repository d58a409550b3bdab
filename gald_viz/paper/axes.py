"""An axis to draw into: the caller's, or one of a new figure."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any, Literal

from gald_viz.paper.style import TEXT, WIDTHS, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_LETTER = 0.56  # of the type's size, the mean width of a letter


def axis_or_new(axis: Axes | None, ratio: float = 0.7) -> Axes:
    """The axis, or that of a new figure of one column.

    Args:
        axis: to draw into; None for a new one.
        ratio: height of a new figure to its width.
    """
    if axis is not None:
        return axis
    width = WIDTHS["one"]
    return new_figure(width, ratio * width).subplots()


def figure_of(axis: Axes) -> Figure:
    """The whole figure that an axis is part of."""
    figure: Any = axis.get_figure(root=True)
    return figure


def inches(place: Figure | SubFigure) -> tuple[float, float]:
    """Width and height of a figure or a part of one."""
    box: Any = place.bbox
    dpi = place.get_figure(root=True).dpi
    return box.width / dpi, box.height / dpi


def wrapped(text: str, width: float, size: float = TEXT) -> str:
    """The text in lines that fit into so many inches at this size of type."""
    letters = max(int(width * 72 / (size * _LETTER)), 4)
    # A name with dots that is too long for a line is broken behind them.
    words = [word if len(word) <= letters else word.replace(".", ". ") for word in re.split(r"( |\n)", text)]
    return "\n".join(
        line
        for part in "".join(words).split("\n")
        for line in textwrap.wrap(part, letters, break_long_words=False) or [""]
    )


def bare(axis: Axes) -> None:
    """No ticks and a thin frame, for pictures."""
    axis.set_xticks([])
    axis.set_yticks([])
    for spine in axis.spines.values():
        spine.set_linewidth(0.3)


def light(axis: Axes, grid: Literal["x", "y", "both"] = "both") -> None:
    """Thin axes at the left and below, a light grid behind the data."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.set_axisbelow(True)
    axis.grid(axis=grid)
