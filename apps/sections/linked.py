"""Main area: everything of one image side by side, with one zoom and one cursor."""

from __future__ import annotations

from typing import Any

import streamlit as st

from apps import store
from apps.components.linked_panels import linked_panels
from apps.components.pixel_picker import picked
from apps.components.words import plain
from apps.sections.clickable import PIXEL, chosen_pixel, keep_pixel
from apps.sections.network import checkpoint_label
from gald_viz.analysis.linked import linked_maps
from gald_viz.figures.linked import payload

_KEY = "linked"


def show_linked(taken: store.Shot) -> None:
    """The panels, and what a click on them does."""
    st.markdown(
        "**All at once.** What does each stage say at the same pixel? Press a class to hide it; a click keeps the "
        "pixel for the local affinity."
    )
    try:
        data = _data(taken)
    except ValueError as error:
        st.info(plain(str(error)))
        return
    pixel = list(chosen_pixel(taken.capture)) if PIXEL in st.session_state else None
    linked_panels({**data, "pixel": pixel}, key=_KEY, on_pixel=_remember)
    if data["scale"] > 1:
        st.caption(f"The image is large: every {data['scale']:.1f}th pixel is shown and read out here.")


def _data(taken: store.Shot) -> dict[str, Any]:
    provenance = taken.capture.provenance
    colors = taken.capture.class_colors.tobytes()
    key = (provenance["checkpoint_sha256"], taken.digest, taken.label is None, colors)
    return _payload(key, f"{checkpoint_label(provenance['checkpoint'])}, {provenance['image']}", taken)


@st.cache_data(max_entries=8, show_spinner=False)
def _payload(key: tuple[Any, ...], title: str, _taken: store.Shot) -> dict[str, Any]:
    capture = _taken.capture
    return payload(linked_maps(capture, _taken.label), capture.class_names, capture.class_colors, title)


def _remember() -> None:
    point = picked(_KEY)
    if point is not None:
        keep_pixel(point)
