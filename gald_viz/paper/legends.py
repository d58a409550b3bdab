"""Entries of legends in print, and how many of them fit beside one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from gald_viz.figures.theme import INK
from gald_viz.paper.style import SMALL


def class_patches(present: Iterable[int], names: Sequence[str], colors: NDArray[np.uint8]) -> list[Any]:
    """A patch for every class that is present, in class order; ids that are no class are left out. colors: (K, 3)."""
    return [patch(colors[k] / 255, names[k]) for k in sorted(set(present)) if 0 <= k < len(names)]


def patch(color: Any, label: str) -> Any:
    """A small filled square."""
    return Patch(facecolor=color, edgecolor=INK, linewidth=0.3, label=label)


def line(color: str, label: str, style: Literal["-", "--", ":"] = "-") -> list[Any]:
    """A piece of a line."""
    return [Line2D([], [], color=color, linestyle=style, label=label)]


def columns_for(entries: Sequence[Any], width: float) -> int:
    """How many entries fit beside one another in so many inches, 1 at least."""
    longest = max((len(entry.get_label()) for entry in entries), default=1)
    return max(min(int(width / ((longest * 0.58 + 4.2) * SMALL / 72)), len(entries)), 1)
