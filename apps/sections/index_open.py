"""From a row of an index to the explorer."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from apps.sections.network import CHECKPOINT, OWN_FILE, SECOND
from apps.sections.other_network import OTHER, start_with
from apps.sections.picture import DATA
from gald_viz.index.files import IndexFolder
from models import zoo
from models.adapters.reference import NetworkReference

_STAGES = ("fcn", "ga", "gald", "output")


def show_in_explorer(index: IndexFolder, number: int, view: str) -> None:
    """Choose the index's network and one of its images in the explorer, the second network too where there is one."""
    meta = index.meta
    if zoo.ships(meta.checkpoint):
        st.session_state[CHECKPOINT] = meta.checkpoint
    elif Path(meta.checkpoint).is_file():
        st.session_state[CHECKPOINT] = OWN_FILE
        st.session_state["control.checkpoint.path"] = meta.checkpoint
    else:
        st.session_state[CHECKPOINT] = OTHER
        start_with(NetworkReference(meta.checkpoint))
    st.session_state[DATA] = meta.data
    st.session_state[f"control.root.{meta.data}"] = meta.root
    st.session_state[f"control.split.{meta.data}"] = meta.split
    st.session_state[f"control.item.{meta.data}.{meta.split}"] = number
    st.session_state["control.view"] = view
    if view == "errors" and zoo.ships(meta.against):
        st.session_state[SECOND] = meta.against


def view_for(before: str, after: str) -> str:
    """The view that shows this pair of stages."""
    return "stages" if before in _STAGES and after in _STAGES else "errors"
