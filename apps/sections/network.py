"""Sidebar: which trained network looks, and which shipped one would fit better."""

from __future__ import annotations

from typing import Any

import streamlit as st

from apps import store
from gald_viz.types import View
from models import zoo
from models.checkpoint import LoadedCheckpoint, read_header
from models.config import ModelConfig, from_dict
from models.data.classes import ClassSet
from models.presets import PRESETS
from models.segmenter import Segmenter
from models.stages import stages_of

CHECKPOINT = "control.checkpoint"
OWN_FILE = "own checkpoint …"
NOBODY = "nothing"


def choose_network() -> LoadedCheckpoint | None:
    """The chosen checkpoint; where it cannot be loaded the reason, and the last one that could."""
    if st.session_state.get(CHECKPOINT) not in (*zoo.names(), OWN_FILE):
        st.session_state[CHECKPOINT] = default_checkpoint()
    options = [*zoo.names(), OWN_FILE]
    reference = st.selectbox("Network", options, key=CHECKPOINT, format_func=checkpoint_label)
    if reference == OWN_FILE:
        hint = "runs/NAME/checkpoints/best.safetensors"
        reference = st.text_input("Checkpoint file", key="control.checkpoint.path", placeholder=hint).strip()
    if reference:
        _load(reference)
    good = st.session_state.get("good.checkpoint")
    return store.network(good) if good else None


def choose_second(first: LoadedCheckpoint, key: str) -> LoadedCheckpoint | None:
    """A shipped checkpoint with the same classes to compare with, None for none."""
    names = [name for name in zoo.names() if name != first.name and _classes(name) == first.model.classes.names]
    if not names:
        return None
    chosen = st.selectbox("Compare with", [NOBODY, *names], key=key, format_func=checkpoint_label)
    return None if chosen == NOBODY else store.network(chosen)


def default_checkpoint() -> str:
    """What opens first: a local affinity trained on generated scenes, else the next best that ships."""
    rows = zoo.listing()
    if not rows:
        return OWN_FILE
    return min(rows, key=lambda row: (row["data"] != "scenes", not row["preset"].endswith("ldv2"), row["name"]))["name"]


def checkpoint_label(name: str) -> str:
    """What a list shows for a checkpoint: system, data and measured mIoU."""
    row = next((row for row in _listing() if row["name"] == name), None)
    if row is None:
        return name
    system = PRESETS[row["preset"]].system if row["preset"] in PRESETS else row["preset"]
    return f"{system} · {row['data']} · mIoU {100 * row['miou']:.1f}"


def shipped_for(view: View, class_names: tuple[str, ...]) -> list[str]:
    """Shipped checkpoints that have every stage of the view, those with the given classes first."""
    fits = [name for name in zoo.names() if set(view.stages) <= stage_names(name)]
    return sorted(fits, key=lambda name: (_classes(name) != class_names, name))


def counterpart(name: str, class_names: tuple[str, ...]) -> str | None:
    """The shipped checkpoint that knows these classes and is most like the named one; None if there is none."""
    presets = {row["name"]: row["preset"] for row in _listing()}
    fits = [other for other in presets if _classes(other) == class_names]
    own = presets.get(name, "")
    return min(fits, key=lambda other: (presets[other] != own, "ldv" not in presets[other], other), default=None)


def offer(name: str, key: str) -> None:
    """A button that changes to a shipped checkpoint."""
    st.button(f"Use {checkpoint_label(name)}", key=key, on_click=_use, args=(name,))


@st.cache_data(max_entries=64, show_spinner=False)
def stage_names(name: str) -> set[str]:
    """Stages of a shipped checkpoint, from its description alone."""
    header = read_header(zoo.path(name))
    model = Segmenter(from_dict(ModelConfig, header["config"]), from_dict(ClassSet, header["classes"]))
    return set(stages_of(model))


def _load(reference: str) -> None:
    try:
        with st.spinner("Loading the network …"):
            store.network(reference)
    except ValueError as error:
        st.error(str(error))
    else:
        st.session_state["good.checkpoint"] = reference


def _use(name: str) -> None:
    st.session_state[CHECKPOINT] = name


@st.cache_data(max_entries=1, ttl=60, show_spinner=False)
def _listing() -> list[dict[str, Any]]:
    return zoo.listing()


@st.cache_data(max_entries=64, show_spinner=False)
def _classes(name: str) -> tuple[str, ...]:
    return tuple(read_header(zoo.path(name))["classes"]["names"])
