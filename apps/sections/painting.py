"""Main area: a picture to paint on, with its tools; what was painted stays with the picture."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from apps import store
from apps.components.brush import TOOLS, Stroke, brush, drawn, painted


def painted_region(picture: store.Picture, name: str, what: str) -> NDArray[np.bool_]:
    """What the reader painted on this picture, (H, W).

    Args:
        picture: to paint on.
        name: of the page, under which the strokes are kept.
        what: a sentence on what the painted pixels are for.
    """
    size = (picture.image.shape[0], picture.image.shape[1])
    kept = _strokes(name)
    digest, strokes = st.session_state.get(kept, ("", ()))
    if digest != picture.digest:
        strokes = ()
        st.session_state[kept] = (picture.digest, strokes)
    canvas, tools = st.columns([0.7, 0.3])
    with tools:
        tool = str(st.radio("Tool", TOOLS, key=f"control.{name}.tool", horizontal=True))
        # A value that is kept in the session and a default at once make Streamlit warn.
        st.session_state.setdefault(f"control.{name}.radius", 16)
        radius = st.slider("Radius, px", 2, 100, key=f"control.{name}.radius")
        back, clear = st.columns(2)
        back.button("Undo", key=f"{name}.undo", on_click=_keep, args=(name, strokes[:-1]), width="stretch")
        clear.button("Clear", key=f"{name}.clear", on_click=_keep, args=(name, ()), width="stretch")
        painted_so_far = "1 stroke" if len(strokes) == 1 else f"{len(strokes)} strokes"
        st.caption(f"{painted_so_far}. {what}")
    with canvas:
        brush(picture.image, strokes, tool, float(radius), key=f"{name}.brush", on_stroke=partial(_add, name))
    return painted(strokes, size)


def _add(name: str) -> None:
    try:
        stroke = drawn(f"{name}.brush")
    except ValueError:
        # What a browser sends that is no stroke is no paint.
        return
    if stroke is not None:
        _keep(name, (*st.session_state[_strokes(name)][1], stroke))


def _keep(name: str, strokes: tuple[Stroke, ...]) -> None:
    st.session_state[_strokes(name)] = (st.session_state[_strokes(name)][0], strokes)


def _strokes(name: str) -> str:
    return f"{name}.strokes"
