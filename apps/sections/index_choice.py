"""Which data-set index a page shows, and how to make one: with gald index, or here for a few scenes."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from apps import indexes
from apps.components.words import show_error
from apps.roots import indexes_folder
from apps.sections.network import NOBODY, checkpoint_label
from gald_viz.index.build import IndexJob, build_index
from gald_viz.index.files import IndexFolder, open_index
from models import zoo
from models.adapters.reference import NetworkReference, open_network
from models.data import open_data

FOLDER = "control.index.folder"
COMMAND = "gald index CHECKPOINT --data NAME --root DIR --split val --out indexes/NAME"
MOST = 60  # images that a page counts by itself
_SAMPLE = "scenes"
_MADE = "index.made"


def choose_folder() -> str:
    """Where the reader's indexes lie."""
    st.session_state.setdefault(FOLDER, indexes_folder())
    folder = st.text_input("Indexes in", key=FOLDER, help=f"A folder of indexes, made with: {COMMAND}").strip()
    try:
        indexes.known_indexes(folder)
    except ValueError as error:
        show_error(error)
        return ""
    return folder


def choose_index(folder: str, key: str, title: str = "Index") -> IndexFolder | None:
    """One of the indexes in the folder and of those that ship; None where there is none."""
    found = {str(index.path): index for index in indexes.known_indexes(folder)}
    if not found:
        st.info(f"No index in {folder} yet. Make one with: {COMMAND}")
        return None
    made = st.session_state.get(_MADE, {}).pop(key, "")
    if made in found:
        st.session_state[key] = made
        st.session_state.pop(stage_key(key), None)
    if st.session_state.get(key) not in found:
        st.session_state[key] = next(iter(found))
    return found[str(st.selectbox(title, list(found), key=key, format_func=lambda path: found[path].title))]


def stage_key(key: str) -> str:
    """Where the stage stands that was chosen of an index."""
    return f"{key}.stage"


def make_one(folder: str, key: str, second_key: str = "") -> None:
    """A form that indexes a few generated scenes here.

    What it makes becomes the choice under the key, and under the second one too where it is of two networks.

    Raises:
        ValueError: if the folder cannot be written or holds something else.
    """
    with st.expander("Make an index of scenes"):
        names = [name for name in zoo.names() if name.startswith(f"{_SAMPLE}-")]
        if not names:
            st.caption("No shipped network knows the scenes.")
            return
        first = str(st.selectbox("Network to index", names, key=f"{key}.make.network", format_func=checkpoint_label))
        others = [NOBODY, *(name for name in names if name != first)]
        if st.session_state.get(f"{key}.make.against") not in others:
            st.session_state[f"{key}.make.against"] = NOBODY
        second = st.selectbox("Against", others, key=f"{key}.make.against", format_func=checkpoint_label)
        count = int(st.number_input("Scenes", 2, MOST, 12, key=f"{key}.make.count"))
        pressed = st.button("Make the index", key="index.make", width="stretch")
        st.caption(f"For a whole data set, outside of this page: {COMMAND}")
        if pressed:
            # A press of the button below runs the page again, which ends this one at its next step.
            st.button("Cancel", key="index.cancel", width="stretch")
            made = _made(folder, first, "" if second == NOBODY else str(second), count)
            # A choice that has been drawn cannot be changed any more: the next run takes it over.
            st.session_state[_MADE] = dict.fromkeys((key, second_key) if made.meta.against else (key,), str(made.path))
            st.rerun()


def _made(folder: str, first: str, second: str, count: int) -> IndexFolder:
    """Index evenly spread scenes; what a cancelled one has counted is there when it is asked for again.

    Raises:
        ValueError: if the folder cannot be written or holds something else.
    """
    place = indexes.own_place(folder, f"{first}{f'-against-{second}' if second else ''}-{count}")
    bar = st.progress(0.0, "Loading the network …")
    # Networks of its own: those of the explorer are shared with other readers.
    networks = [open_network(NetworkReference(name)) for name in (first, second) if name]
    against = networks[1] if second else None
    data = open_data(_SAMPLE, None, "val")
    job = IndexJob(networks[0], first, data, (_SAMPLE, "", "val"), count, 1, against, second)
    try:
        for done, total in build_index(job, Path(place)):
            bar.progress(done / total, f"{done} of {total} scenes")
    except OSError as error:
        raise ValueError(f"{place} cannot be written ({error}); choose another folder.") from error
    return open_index(place)
