"""The explorer: the sidebar chooses, the main area shows one view."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from apps import store
from apps.address import VIEW, read_address, write_address
from apps.components.colours import choose_colours, recoloured
from apps.components.controls import view_controls
from apps.components.words import show_error
from apps.sections.clickable import show_clickable
from apps.sections.linked import show_linked
from apps.sections.linked_cells import show_errors, show_tokens
from apps.sections.linked_points import show_separation
from apps.sections.network import OWN_FILE, SECOND, choose_backbone, choose_network, choose_second, default_checkpoint
from apps.sections.papers import show_papers
from apps.sections.picture import choose_picture
from apps.sections.pooling import POOLING, pool_images
from apps.sections.view_body import facts, show_foreign_label, show_obstacle, show_result
from gald_viz.types import View
from gald_viz.views import VIEWS

# These link their picture to the image in ways of their own.
_LINKED = {"errors": show_errors, "tokens": show_tokens, "separation": show_separation}
_ALL = "all"


def page() -> None:
    """Draw the page."""
    read_address()
    with st.sidebar:
        st.markdown("### GALD explorer")
        network, picture = choose_network(), choose_picture()
        settings = st.container()
        choose_colours()
    view = _choose_view()
    if network is None or picture is None:
        st.info("Choose a network and an image on the left.")
        return
    try:
        _show(view, network, picture, settings)
    except ValueError as error:
        show_error(error)


def warm_up() -> None:
    """Load, look and draw once what the first reader will see."""
    name = default_checkpoint()
    if name != OWN_FILE:
        taken = store.shot(store.network(name), store.sample_picture("scenes", "", "val", 0))
        VIEWS["affinity"].draw(taken.capture, taken.label)


def _choose_view() -> View | None:
    """The view that the reader has chosen, None for all at once."""
    names = [_ALL, *VIEWS]
    if st.session_state.get(VIEW) not in names:
        st.session_state[VIEW] = "affinity"
    name = st.segmented_control(
        "View",
        names,
        key=VIEW,
        format_func=lambda name: "All at once" if name == _ALL else VIEWS[name].short or VIEWS[name].title,
        label_visibility="collapsed",
        required=True,
    )
    return None if name == _ALL else VIEWS[str(name)]


def _show(view: View | None, network: store.Network, picture: store.Picture, settings: DeltaGenerator) -> None:
    with settings:
        second = choose_second(network, SECOND) if view and view.compares else None
        if view and view.name == "backbone" and second is None:
            second = choose_backbone(network, "control.backbone.weights")
    with st.spinner("Looking at the image …"):
        large = view is not None and not store.LARGE.isdisjoint(view.stages)
        taken = recoloured(store.shot(network, picture, second, large))
    if view:
        st.markdown(f"**{view.title}.** {view.question}")
    if picture.remark:
        st.caption(picture.remark)
    if _is_foreign(picture, taken):
        show_foreign_label(picture, taken)
    if view:
        _show_view(view, (network, second), picture, taken, settings)
    else:
        show_linked(taken)
    write_address(view, picture, taken.capture)
    st.caption(facts(taken, picture))
    show_papers(network)


def _show_view(
    view: View,
    networks: tuple[store.Network, store.Network | None],
    picture: store.Picture,
    taken: store.Shot,
    settings: DeltaGenerator,
) -> None:
    reason = view.applies(taken.capture, taken.label)
    if reason is not None:
        if view.unfit(taken.capture) is not None or not _is_foreign(picture, taken):
            show_obstacle(view, taken, reason)
        return
    with settings:
        state = view_controls(view, taken.capture)
        taken = pool_images(networks, picture, taken) if view.name in POOLING else taken
    show = show_clickable if view.clickable else _LINKED.get(view.name, show_result)
    show(view, taken, state)


def _is_foreign(picture: store.Picture, taken: store.Shot) -> bool:
    """Whether the image has a label that speaks of other classes than the network."""
    return picture.label is not None and taken.label is None and taken.capture.objects is None
