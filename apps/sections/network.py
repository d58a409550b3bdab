"""Sidebar: which trained network looks, and which shipped one would fit better."""

from __future__ import annotations

from typing import Any

import streamlit as st

from apps import looks, store
from apps.components.words import show_error
from apps.roots import started_with
from apps.sections.other_network import OTHER, choose_other, forget_other, start_with
from gald_viz.types import View
from models import zoo
from models.adapters.reference import NetworkReference
from models.checkpoint import read_header
from models.config import ModelConfig, from_dict
from models.data.classes import ClassSet
from models.detection.checkpoint import LoadedDetector
from models.presets import DETECTORS, PRESETS
from models.segmenter import Segmenter
from models.stages import stages_of

CHECKPOINT, SECOND = "control.checkpoint", "control.second"
OWN_FILE = "own checkpoint …"
NOBODY = "nothing"
_HINT = "runs/NAME/checkpoints/final.safetensors"


def choose_network() -> store.Network | None:
    """The chosen network; where it cannot be loaded the reason, and the last one that could."""
    options = [*zoo.names(), *zoo.detectors(), OWN_FILE, OTHER]
    if st.session_state.get(CHECKPOINT) not in options:
        st.session_state[CHECKPOINT] = _first()
    chosen = st.selectbox("Network", options, key=CHECKPOINT, format_func=checkpoint_label)
    reference: str | NetworkReference | None = chosen
    if chosen == OTHER:
        reference = choose_other()
    elif chosen == OWN_FILE:
        reference = st.text_input("Checkpoint file", key="control.checkpoint.path", placeholder=_HINT).strip()
    if reference:
        _load(reference)
    return _last_good()


def choose_second(first: store.Network, key: str) -> store.Network | None:
    """A shipped checkpoint of the same kind and classes to compare with, or a detector's file; None for none."""
    detector = isinstance(first, LoadedDetector)
    kind = zoo.detectors() if detector else zoo.names()
    names = [name for name in kind if name != first.name and _classes(name) == first.model.classes.names]
    options = [NOBODY, *names, *([OWN_FILE] if detector else [])]
    if len(options) == 1:
        return None
    # A choice of the other kind that was kept is none of these.
    if st.session_state.get(key, NOBODY) not in options:
        st.session_state[key] = NOBODY
    chosen = st.selectbox("Compare with", options, key=key, format_func=checkpoint_label)
    if chosen == OWN_FILE:
        return _second_file(f"{key}.path")
    return None if chosen == NOBODY else store.network(chosen)


def choose_backbone(first: store.Network, key: str) -> store.Network | None:
    """The network itself with its backbone from a weights file, such as ImageNet's; None without one."""
    if isinstance(first, LoadedDetector):
        return None
    path = st.text_input(
        "or with its backbone from",
        key=key,
        placeholder="ImageNet weights, NAME.safetensors",
        help="The file's weights in the same backbone: what the training changed, stage by stage.",
    ).strip()
    try:
        return looks.network_before(first, path) if path else None
    except ValueError as error:
        show_error(error)
    return None


def _second_file(key: str) -> store.Network | None:
    path = st.text_input("Checkpoint to compare with", key=key, placeholder=_HINT).strip()
    try:
        return store.network(path) if path else None
    except ValueError as error:
        show_error(error)
    return None


def default_checkpoint() -> str:
    """What opens first: a local affinity trained on generated scenes, else the next best that ships."""
    rows = zoo.listing()
    if not rows:
        return OWN_FILE
    return min(rows, key=lambda row: (row["data"] != "scenes", not row["preset"].endswith("ldv2"), row["name"]))["name"]


def checkpoint_label(name: str) -> str:
    """What a list shows for a checkpoint: system, data and measured mIoU or mAP@.5."""
    row = next((row for row in (*_listing(), *_detectors()) if row["name"] == name), None)
    if row is None:
        return name
    known = PRESETS.get(row["preset"]) or DETECTORS.get(row["preset"])
    system = known.system if known else row["preset"]
    score = f"mIoU {100 * row['miou']:.1f}" if "miou" in row else f"mAP {100 * row['voc_map50']:.1f}"
    return f"{system} · {row['data']} · {score}"


def shipped_for(view: View, class_names: tuple[str, ...]) -> list[str]:
    """Shipped checkpoints that have every stage of the view, those with the given classes first."""
    if "classes" not in view.answers:
        return zoo.detectors()
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


def _first() -> str:
    """What is chosen on a new page: the network of the command line, else the default one."""
    asked = started_with()
    if asked is None:
        return default_checkpoint()
    if zoo.ships(asked.source):
        return asked.source
    start_with(asked)
    return OTHER


def _last_good() -> store.Network | None:
    """The network that was loaded last, None when its file has gone or broken since; _load has told why."""
    good = st.session_state.get("good.checkpoint")
    try:
        return store.network(good) if good else None
    except ValueError:
        del st.session_state["good.checkpoint"]
        return None


def _load(reference: str | NetworkReference) -> None:
    try:
        with st.spinner("Loading the network …"):
            store.network(reference)
    except ValueError as error:
        show_error(error)
        forget_other()
    else:
        st.session_state["good.checkpoint"] = reference


def _use(name: str) -> None:
    st.session_state[CHECKPOINT] = name


@st.cache_data(max_entries=1, ttl=60, show_spinner=False)
def _listing() -> list[dict[str, Any]]:
    return zoo.listing()


@st.cache_data(max_entries=1, ttl=60, show_spinner=False)
def _detectors() -> list[dict[str, Any]]:
    return zoo.detector_listing()


@st.cache_data(max_entries=64, show_spinner=False)
def _classes(name: str) -> tuple[str, ...]:
    return tuple(read_header(zoo.path(name))["classes"]["names"])
