"""Widgets whose choice outlives their place on the page, and the knobs of a view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

from gald_viz.types import Capture, Control, View

PREFIX = "control."

Choice = TypeVar("Choice")


def keep_controls() -> None:
    """Keep the state of controls that the page does not draw in this run.

    Streamlit forgets a widget that was not drawn; assigning its key to itself makes it the session's own.
    """
    for key in list(st.session_state):
        if str(key).startswith(PREFIX):
            st.session_state[key] = st.session_state[key]


def choose(label: str, options: Sequence[Choice], key: str, words: Callable[[Choice], str] = str) -> Choice:
    """A select box; a choice that was kept and is no option any more gives way to the first."""
    if st.session_state.get(key) not in options:
        st.session_state[key] = options[0]
    return st.selectbox(label, options, key=key, format_func=words)


def view_controls(view: View, capture: Capture) -> dict[str, Any]:
    """Draw the view's knobs and return the state that it reads."""
    state: dict[str, Any] = {}
    controls = view.controls(capture)
    for control in controls:
        state[control.key] = _value(view.name, control)
    for control in controls:
        if control.matters(state):
            state[control.key] = draw_control(_key(view.name, control), control)
    return state


def draw_control(key: str, control: Control) -> Any:
    """One knob under its session key, which holds a value; returns it."""
    tip = control.help or None
    if control.kind == "toggle":
        return st.toggle(control.label, key=key, help=tip)
    if control.kind == "select":
        return st.selectbox(control.label, control.options, key=key, help=tip)
    if control.maximum <= control.minimum:
        return st.session_state[key]
    whole = isinstance(control.default, int)
    low, high, step = ((int if whole else float)(v) for v in (control.minimum, control.maximum, control.step))
    return st.slider(control.label, low, high, step=step, key=key, help=tip)


def _key(view: str, control: Control) -> str:
    return f"{PREFIX}{view}.{control.key}"


def _value(view: str, control: Control) -> Any:
    """The session's value, or the default where there is none or this capture does not allow it."""
    key = _key(view, control)
    try:
        control.check(st.session_state.setdefault(key, control.default))
    # An address may hold a word where a number belongs.
    except (ValueError, TypeError):
        st.session_state[key] = control.default
    return st.session_state[key]
