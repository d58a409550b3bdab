"""Main area: the picture, or the arrays behind it, as a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from apps import store
from gald_viz.export import FORMATS, arrays_file, drawn_file, provenance_of
from gald_viz.types import View

_FORMAT = "control.export"
_NAMES = {
    "png": "PNG, 300 dpi",
    "svg": "SVG",
    "pdf": "PDF",
    "html": "HTML with zoom and hover",
    "npz": "NPZ, the arrays behind it",
}


def offer_export(view: View, taken: store.Shot, state: Mapping[str, Any]) -> None:
    """A format to choose, and the button that makes the file when it is pressed."""
    with st.popover("Export", key=f"export.{view.name}"):
        # A page may offer several views.
        kind = st.selectbox("Format", FORMATS, key=f"{_FORMAT}.{view.name}", format_func=_NAMES.__getitem__)
        name = re.sub(r"[^\w.-]+", "-", f"{view.name}-{taken.capture.provenance['image'] or 'image'}")
        st.download_button(
            "Download",
            partial(_file, kind, view, taken, dict(state)),
            f"{name}.{kind}",
            key=f"export.download.{view.name}",
        )
        st.caption("Carries the weights' hash, the image and the settings. Drawing a PNG, SVG or PDF takes seconds.")


def _file(kind: str, view: View, taken: store.Shot, state: dict[str, Any]) -> bytes:
    note = provenance_of(taken.capture, view.name, state)
    if kind == "npz":
        return arrays_file(taken.capture, taken.label, note)
    # Streamlit calls this in a thread of its own, which knows no session: no cache of the page is asked.
    result = view.draw(taken.capture, taken.label, state, taken.other, taken.more, taken.other_more)
    return drawn_file(result.figures[0], kind, note)
