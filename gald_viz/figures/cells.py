"""Cells of a matrix of classes that can be pointed at, clicked and marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MARK = "#e6007e"


def targets(rows: Sequence[int], columns: Sequence[int], names: Sequence[str], words: NDArray[Any]) -> dict[str, Any]:
    """An invisible point in every cell of a heat map whose axes carry class names.

    Plotly tells a page which point was clicked, never which cell of a heat map: the point carries customdata
    (row's class id, column's class id).

    Args:
        rows, columns: class ids along the axes.
        names: K class names.
        words: (rows, columns) what the pointer reads.
    """
    across, down = np.meshgrid(columns, rows)
    bare = {"marker": {"opacity": 0}}
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [names[k] for k in across.ravel()],
        "y": [names[k] for k in down.ravel()],
        "marker": {"symbol": "square", "size": 22, "opacity": 0},
        "selected": bare,
        "unselected": bare,
        # Lists: of an array Streamlit hands the row of a point on as a mapping.
        "customdata": np.stack([down.ravel(), across.ravel()], axis=1).tolist(),
        "text": words.ravel(),
        "hovertemplate": "%{text}<extra></extra>",
        "hoverlabel": {"bgcolor": "white", "font": {"color": "#1f2430"}},
        "showlegend": False,
    }


def frames(rows: Sequence[int], columns: Sequence[int], cells: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    """Rectangles round the cells (row's class id, column's class id) that the matrix shows."""
    return [
        {
            "type": "rect",
            "x0": list(columns).index(column) - 0.5,
            "x1": list(columns).index(column) + 0.5,
            "y0": list(rows).index(row) - 0.5,
            "y1": list(rows).index(row) + 0.5,
            "line": {"color": _MARK, "width": 3},
        }
        for row, column in cells
        if row in rows and column in columns
    ]
