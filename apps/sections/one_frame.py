"""Main area of Compare, one frame: the same cells and the same order of classes for two networks."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from apps import store
from apps.components.controls import choose, view_controls
from apps.sections.linked_cells import show_tokens
from apps.sections.linked_points import show_separation
from apps.sections.network import SECOND, choose_network, choose_second
from apps.sections.picture import choose_picture
from apps.sections.pooling import pool_images
from apps.sections.view_body import facts, show_obstacle
from gald_viz.views import VIEWS
from gald_viz.views.separation import ONE_FRAME, OWN_FRAMES

_FRAME = "control.compare.frame"


def show_one_frame() -> None:
    """Choose two networks and images on the left; their maps and their tokens."""
    with st.sidebar:
        first, picture = choose_network(), choose_picture()
        second = None if first is None else choose_second(first, SECOND)
        settings = st.container()
    if first is None or picture is None:
        st.info("Choose a network and an image on the left.")
        return
    if second is None:
        st.info("Choose a second network under Compare with on the left; it has to know the same classes.")
        return
    with st.spinner("Looking at the image …"):
        taken = store.shot(first, picture, second)
    with settings:
        taken = pool_images((first, second), picture, taken)
    _show_maps(taken, settings)
    _show_tokens(taken, settings)
    st.caption(facts(taken, picture))


def _show_maps(taken: store.Shot, settings: DeltaGenerator) -> None:
    view = VIEWS["separation"]
    st.markdown("**Features.** Where does the second network put the cells that the first one laid out?")
    if _refused("separation", taken):
        return
    with settings:
        frame = choose("The second one's cells in", [ONE_FRAME, OWN_FRAMES], _FRAME)
        state: dict[str, Any] = view_controls(view, taken.capture) | {"frame": frame}
    if taken.other is not None and state["features"] not in taken.other.stages:
        name = taken.other.provenance["checkpoint"]
        st.info(f"{name} has no stage {state['features']}; choose other features on the left to see both.")
    show_separation(view, taken, state)


def _show_tokens(taken: store.Shot, settings: DeltaGenerator) -> None:
    view = VIEWS["tokens"]
    st.markdown("**Class tokens.** Which classes does each network tell apart by nearly the same weights?")
    if _refused("tokens", taken):
        return
    with settings:
        state = view_controls(view, taken.capture)
    show_tokens(view, taken, state)


def _refused(name: str, taken: store.Shot) -> bool:
    """Say why the view cannot be drawn, of either network."""
    view = VIEWS[name]
    reason = view.applies(taken.capture, taken.label)
    if reason is not None:
        show_obstacle(view, taken, reason)
        return True
    obstacle = None if taken.other is None else view.unfit(taken.other)
    if obstacle:
        st.info(obstacle)
    return False
