"""Main area of the Edit page: the answer before and after, and every number beside that of random edits."""

from __future__ import annotations

import streamlit as st

from apps import replays
from apps.components.colours import palette_of
from apps.components.long_work import cancellable
from apps.sections.view_body import show_figure, show_numbers
from gald_viz.editing import (
    Done,
    baseline_picture,
    beside,
    edit_numbers,
    edit_picture,
    edit_rows,
    seeds_of,
    verdict,
)
from gald_viz.figures.intervention import Scene


def show_edit(asked: replays.Asked, title: str) -> None:
    """Sentence, picture and numbers of the edit; then the random edits, which take several times as long.

    Raises:
        ValueError: if the edit is refused.
    """
    with st.spinner("Running what lies behind the stage …", show_time=True):
        done = replays.edited(asked)
    classes = asked.loaded.model.classes
    scene = Scene(asked.picture.image, classes.names, palette_of(classes))
    sentence = st.empty()
    sentence.markdown(verdict(done))
    pictures, beside_them = st.columns([0.84, 0.16], gap="small")
    with pictures:
        show_figure(edit_picture(done, scene, title), "figure.edits.answer", 0.84)
    numbers = beside_them.empty()
    with numbers.container():
        show_numbers(edit_numbers(done))
    with pictures:
        done = _with_random_edits(asked, done)
        if done.result.random:
            show_figure(baseline_picture(done, scene), "figure.edits.baseline", 0.84)
    if done.result.random:
        sentence.markdown(verdict(done))
        with numbers.container():
            show_numbers(edit_numbers(done))
    rows = edit_rows(done.result, scene.names)
    st.dataframe([dict(row) for row in rows], hide_index=True, width="stretch")


def _with_random_edits(asked: replays.Asked, done: Done) -> Done:
    """The edit beside its random ones, alone where it changes nothing or the reader cancels them."""
    seeds = seeds_of(done, asked.request)
    random = cancellable(
        "edits.random",
        (asked.key, len(seeds)),
        "Random edits of equal size …",
        lambda told: replays.random_edits(asked, seeds, told),
    )
    return done if random is None else beside(done, random)
