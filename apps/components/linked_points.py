"""The maps and images of gald_viz/figures/linked_points.js in the app."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from gald_viz.figures.linked import script
from gald_viz.figures.linked_points import SCRIPT

_HOST = """
export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const told = (what) => { for (const [name, value] of Object.entries(what)) setStateValue(name, value); };
  mount(parentElement.querySelector('.maps'), data, told);
}
"""

_points = st.components.v2.component("gald_linked_points", html='<div class="maps"></div>', js=script(SCRIPT) + _HOST)


def linked_points(
    data: Mapping[str, Any], *, key: str, on_selected: Callable[[], None], on_pixel: Callable[[], None]
) -> None:
    """Show the maps; the callbacks read what was chosen with chosen(key) and clicked(key).

    Args:
        data: of gald_viz.figures.linked_points.points_payload.
        key: of the component's state.
        on_selected: called when samples were chosen.
        on_pixel: called when a pixel of an image was clicked.
    """
    default = {"selected": [], "pixel": None}
    _points(key=key, default=default, on_selected_change=on_selected, on_pixel_change=on_pixel, data=dict(data))


def chosen(key: str, count: int) -> tuple[int, ...]:
    """Numbers of the samples that were chosen last, of `count`; what a browser sends besides is left out."""
    state = st.session_state.get(key)
    sent = state["selected"] if state else None
    return tuple(i for i in sent if isinstance(i, int) and 0 <= i < count) if isinstance(sent, list) else ()


def clicked(key: str) -> tuple[int, int, int] | None:
    """(image, x, y) of the last click on an image, None before the first."""
    state = st.session_state.get(key)
    sent = state["pixel"] if state else None
    try:
        return (int(sent["image"]), int(sent["x"]), int(sent["y"])) if sent else None
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
