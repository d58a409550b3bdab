"""Class colours in figures, and the names that explain them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray


def css(color: Sequence[int] | NDArray[np.integer]) -> str:
    """(r, g, b) in 0..255 -> "rgb(r,g,b)"."""
    red, green, blue = (int(v) for v in color)
    return f"rgb({red},{green},{blue})"


def rgb_table(colors: Sequence[str]) -> NDArray[np.uint8]:
    """Hex colours -> (n, 3)."""
    return np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in colors], dtype=np.uint8)


def class_entries(names: Sequence[str], colors: NDArray[np.integer], present: Iterable[int]) -> list[tuple[str, str]]:
    """(name, css colour) of the classes present, in class order; ids that are no class are left out."""
    return [(names[k], css(colors[k])) for k in sorted(set(present)) if 0 <= k < len(names)]


def ids_in(*maps: NDArray[np.integer]) -> list[int]:
    """The ids that occur in any of the maps (H, W), ascending."""
    return sorted(set().union(*(np.unique(ids).tolist() for ids in maps)))
