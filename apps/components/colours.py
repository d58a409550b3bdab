"""Class colours: those of the data set, or ones that readers with any common colour vision can tell apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from apps import store
from gald_viz.figures.safe_colors import safe_palette
from gald_viz.types import Capture
from models.data.classes import ClassSet

SAFE = "control.safe_colours"
_TIP = (
    "Of many data sets some classes look alike to a colour-blind reader. These colours are told apart with normal, "
    "red-blind and green-blind eyes, for up to about twenty classes; they are not those of the papers."
)


def choose_colours() -> None:
    """The switch in the sidebar."""
    st.toggle("Colour-blind safe class colours", key=SAFE, help=_TIP)


def palette_of(classes: ClassSet) -> NDArray[np.uint8]:
    """(K, 3) as the reader wants them."""
    return safe_palette(len(classes)) if st.session_state.get(SAFE) else classes.palette()


def recoloured(taken: store.Shot) -> store.Shot:
    """The shot in the colours that the reader wants."""
    if not st.session_state.get(SAFE):
        return taken
    other = None if taken.other is None else _safe(taken.other)
    return replace(taken, capture=_safe(taken.capture), other=other)


def _safe(seen: Capture) -> Capture:
    return replace(seen, class_colors=safe_palette(len(seen.class_names)))
