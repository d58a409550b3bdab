"""Sidebar: which image is looked at."""

from __future__ import annotations

import os

import streamlit as st

from apps import store
from apps.components.words import show_error
from models.data import DATASETS
from models.data.classes import SegmentationData
from models.data.detection import DETECTION_SETS
from models.data.detection.sample import DetectionData

DATA = "control.data"
UPLOAD = "upload"
IMAGE = "asked.image"  # id that the page's address asks for


def choose_picture() -> store.Picture | None:
    """The chosen image; where it cannot be read the reason, and the last one that could."""
    # The data set that needs no folder is always there, so it comes first.
    everything = {*DATASETS.names(), *DETECTION_SETS.names()}
    names = sorted(everything, key=lambda name: (_kind(name).needs_root, name))
    if st.session_state.get(DATA) not in (None, *names, UPLOAD):
        del st.session_state[DATA]
    name = st.selectbox("Image from", [*names, UPLOAD], key=DATA, format_func=_title)
    try:
        picture = _uploaded() if name == UPLOAD else _from_data_set(name)
    except ValueError as error:
        show_error(error)
    else:
        if picture is not None:
            st.session_state["shown"] = picture
    return st.session_state.get("shown")


def split_key(name: str) -> str:
    """Where the session keeps the split of a data set."""
    return f"control.split.{name}"


def _title(name: str) -> str:
    return "Upload a photograph" if name == UPLOAD else getattr(_kind(name), "title", "") or name


def _kind(name: str) -> type[SegmentationData] | type[DetectionData]:
    """The data set of this name, of objects where there is none for segmentation."""
    return (DATASETS if name in DATASETS.names() else DETECTION_SETS).get(name)


def _from_data_set(name: str) -> store.Picture | None:
    kind = _kind(name)
    root = _choose_root(name) if kind.needs_root else ""
    splits, key = list(kind.SPLITS), split_key(name)
    if st.session_state.get(key) not in splits:
        st.session_state[key] = "val" if "val" in splits else splits[0]
    split = st.selectbox("Split", splits, key=key) if len(splits) > 1 else splits[0]
    if kind.needs_root and not root and not os.environ.get("GALD_DATA"):
        st.info(f"Give the folder of {_title(name)}, or set GALD_DATA to the folder above it.")
        return None
    data = store.data_set(name, root, split)
    return store.sample_picture(name, root, split, _choose_item(data, f"control.item.{name}.{split}"))


def _choose_root(name: str) -> str:
    return st.text_input("Folder", key=f"control.root.{name}", placeholder=f"$GALD_DATA/{name}").strip()


def _choose_item(data: SegmentationData | DetectionData, key: str) -> int:
    asked = st.session_state.pop(IMAGE, None)
    if asked in data.ids:
        st.session_state[key] = list(data.ids).index(asked)
    if not 0 <= st.session_state.get(key, 0) < len(data):
        st.session_state[key] = 0
    chosen = st.selectbox(
        f"Image, one of {len(data)}", range(len(data)), key=key, format_func=lambda index: str(data.ids[index])
    )
    back, forward = st.columns(2)
    for column, word, name, letter, by in (
        (back, "← Previous", "previous", "P", -1),
        (forward, "Next →", "next", "N", 1),
    ):
        column.button(word, key=name, shortcut=letter, width="stretch", on_click=_step, args=(key, by, len(data)))
    return chosen


def _step(key: str, by: int, count: int) -> None:
    st.session_state[key] = (st.session_state.get(key, 0) + by) % count


def _uploaded() -> store.Picture | None:
    """The upload, decoded once; it stays with its session."""
    upload = st.file_uploader("JPEG, PNG or WebP, at most 20 MB", type=["jpg", "jpeg", "png", "webp"], key="upload")
    if upload is None:
        return None
    seen, picture = st.session_state.get("upload.picture", ("", None))
    if seen != upload.file_id:
        picture = store.photograph(upload.name, upload.getvalue())
        st.session_state["upload.picture"] = (upload.file_id, picture)
    return picture
