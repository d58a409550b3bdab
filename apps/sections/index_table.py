"""A table of images: a click on a row opens it in the explorer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

_ROW, _PLAIN_ROW, _TALLEST = 62, 35, 560  # pixels


def clickable_table(name: str, rows: list[dict[str, Any]], chosen: Callable[[int], None]) -> None:
    """Show rows, higher with a thumbnail in ``image``; a click on any cell calls chosen(row) before the next run."""
    key, height = f"table.{name}", _ROW if rows and "image" in rows[0] else _PLAIN_ROW

    def clicked() -> None:
        cells = st.session_state[key]["selection"]["cells"]
        if cells:
            chosen(int(cells[0][0]))

    st.dataframe(
        rows,
        key=key,
        hide_index=True,
        width="stretch",
        row_height=height,
        height=min(height * len(rows) + 38, _TALLEST),
        column_config={"image": st.column_config.ImageColumn("image", width="small")},
        selection_mode="single-cell",
        on_select=clicked,
    )
    st.caption("A click on a row opens the image in the explorer.")
