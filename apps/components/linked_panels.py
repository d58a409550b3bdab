"""The panels of gald_viz/figures/linked_panels.js in the app."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from gald_viz.figures.linked import script

_HOST = """
export default function (component) {
  const { data, parentElement, setStateValue } = component;
  mount(parentElement.querySelector('.panels'), data, ([x, y]) => setStateValue('pixel', { x, y }));
}
"""

_panels = st.components.v2.component("gald_linked_panels", html='<div class="panels"></div>', js=script() + _HOST)


def linked_panels(data: Mapping[str, Any], *, key: str, on_pixel: Callable[[], None]) -> None:
    """Show the panels; a click or Enter calls on_pixel, which reads the pixel with pixel_picker.picked(key).

    Args:
        data: of gald_viz.figures.linked.payload.
        key: of the component's state.
        on_pixel: callback.
    """
    _panels(key=key, default={"pixel": None}, on_pixel_change=on_pixel, data=dict(data))
