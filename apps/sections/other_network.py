"""Sidebar: a network that is not ours, from its name or from a Python file of the reader's own."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from apps.roots import runs_code
from models.adapters.reference import NetworkReference, fixed_class_sets

OTHER = "another network …"
_KEY = "control.other"
_CHOSEN = "other.network"
_RISK = (
    "A Python file runs its author's code on this machine, and so does a pickle (.pth, .pt) that holds more than "
    "tensors. Open only what you wrote or trust."
)
_OFF = (
    "Python files, and pickles (.pth, .pt) that hold more than tensors, run their author's code: they are off here. "
    "gald explore --allow-code opens them, gald explore --checkpoint FILE.py:FUNCTION one of them."
)


def choose_other() -> NetworkReference | None:
    """The network that the form names, from when its button was pressed.

    A Python file runs then, and again when it has changed.
    """
    chosen = st.session_state.get(_CHOSEN)
    # Another title makes another box, which is closed once there is a network: the picture's choices move up.
    title = "Which network" if chosen is None else Path(chosen.source).name
    with st.expander(title, expanded=chosen is None), st.form("other", border=False):
        source = st.text_input(
            "FAMILY:NAME or FILE.py:FUNCTION",
            key=f"{_KEY}.source",
            placeholder="torchvision:fcn_resnet50",
            help="A network of torchvision or timm by its name, or a Python file of your own whose function returns "
            "one. The README says how to write it.",
        )
        weights = st.text_input("Weights file", key=f"{_KEY}.weights", placeholder="NAME.safetensors")
        classes = st.text_input(
            "Classes",
            key=f"{_KEY}.classes",
            placeholder="voc, or a classes.json",
            help=f"What its outputs mean: one of {', '.join(fixed_class_sets())}, or the path of a classes.json.",
        )
        trusted = st.checkbox("The weights are a pickle of my own", key=f"{_KEY}.trust", disabled=not runs_code())
        st.caption(_RISK if runs_code() else _OFF)
        pressed = st.form_submit_button("Open", width="stretch")
    if not pressed or not source.strip():
        return chosen
    st.session_state[_CHOSEN] = NetworkReference(source.strip(), weights.strip(), classes.strip(), trusted)
    return st.session_state[_CHOSEN]


def forget_other() -> None:
    """Do not try a network that failed again before the button is pressed."""
    st.session_state.pop(_CHOSEN, None)


def start_with(reference: NetworkReference) -> None:
    """Fill the form, as if its button had been pressed."""
    st.session_state[f"{_KEY}.source"] = reference.source
    st.session_state[f"{_KEY}.weights"] = reference.weights
    st.session_state[f"{_KEY}.classes"] = reference.classes
    st.session_state[f"{_KEY}.trust"] = reference.trust_pickle
    st.session_state[_CHOSEN] = reference
