"""The Edit page: change what a stage holds, see what the network says then, beside random edits of equal size."""

from __future__ import annotations

import numpy as np
import streamlit as st

from apps import replays, store
from apps.components.colours import choose_colours
from apps.components.controls import choose
from apps.components.words import plain, show_error
from apps.sections.edit_result import show_edit
from apps.sections.network import checkpoint_label, choose_network
from apps.sections.painting import painted_region
from apps.sections.picture import choose_picture
from gald_viz.analysis.edits import BASELINES, EditKind, edits_of, painted_cells
from gald_viz.analysis.readout import class_name_of
from gald_viz.editing import Request, editable_stages, how_held, words_of
from gald_viz.probes.replay import Replay

KEY = "control.edits"
EVERYWHERE, PAINTED = "everywhere", "where I paint"


def page() -> None:
    """Draw the page."""
    with st.sidebar:
        network, picture = choose_network(), choose_picture()
        settings = st.container()
        choose_colours()
    st.markdown("**Edit.** What does the network say when one of its stages holds something else?")
    if network is None or picture is None:
        st.info("Choose a network and an image on the left.")
        return
    try:
        with settings:
            stages = editable_stages(network.model)
            if not stages:
                st.info(f"{network.name} has no stage of maps that could be edited.")
                return
            stage = choose("Stage", stages, f"{KEY}.stage")
            with st.spinner("Looking at the image …"):
                held = replays.replay(network, picture, stage)
            request = _request(held, stage)
            where = _where(held, network)
        _show(network, picture, held, request, where)
    except ValueError as error:
        show_error(error)


def _request(held: Replay, stage: str) -> Request:
    kinds = edits_of(held.info)
    name = choose("Edit", list(kinds), f"{KEY}.edit.{stage}", lambda name: kinds[name].label)
    amount = _amount(kinds[name], f"amount.{held.info['kind']}.{name}")
    seed = 0
    if kinds[name].seeded:
        seed = int(st.number_input("Seed of the shuffle", 0, 9999, key=f"{KEY}.seed"))
    with st.expander("Random edits of equal size"):
        baseline = st.radio("Drawn as", BASELINES, key=f"{KEY}.baseline")
        seeds = _slider("How many", (1, 20), 5, 1, "seeds")
    return Request(stage, name, amount, seed, str(baseline), int(seeds))


def _amount(kind: EditKind, key: str) -> float:
    if kind.amount is None:
        return 1.0
    taken = kind.amount
    return _slider(taken.label.capitalize(), (taken.minimum, taken.maximum), taken.start, 0.05, key)


def _slider(label: str, limits: tuple[float, float], start: float, step: float, key: str) -> float:
    # A value that is kept in the session and a default at once make Streamlit warn.
    st.session_state.setdefault(f"{KEY}.{key}", start)
    return st.slider(label, *limits, step=step, key=f"{KEY}.{key}")


def _where(held: Replay, network: store.Network) -> int | str:
    """EVERYWHERE, PAINTED, or a class id."""
    present = [int(k) for k in np.unique(held.answer.prediction) if k < len(network.model.classes)]
    options: list[int | str] = [EVERYWHERE, PAINTED, *present]

    def words(option: int | str) -> str:
        return option if isinstance(option, str) else f"on {class_name_of(network.model.classes.names, option)}"

    return choose("Where", options, f"{KEY}.where", words)


def _show(network: store.Network, picture: store.Picture, held: Replay, request: Request, where: int | str) -> None:
    region = held.answer.prediction == where if isinstance(where, int) else None
    if where == PAINTED:
        region = painted_region(picture, "edits", "A cell of the stage is edited when half of it is painted.")
        if not region.any():
            st.info("Paint on the picture, or choose another place on the left.")
            return
    cells = None if region is None else painted_cells(region, held.value.shape[1:])
    show_edit(replays.Asked(network, picture, request, cells), words_of(held, request))
    height, width = picture.image.shape[:2]
    st.caption(plain(f"{checkpoint_label(network.name)} · {picture.id} · {width} × {height} px · {how_held(held)}"))
