"""Main area of the Edit page: the answer before and after, and every number beside that of random edits."""

from __future__ import annotations

import streamlit as st

from apps import store
from apps.components.colours import palette_of
from apps.sections.view_body import show_figure, show_numbers
from gald_viz.editing import Done, edit_result
from gald_viz.figures.intervention import Scene


def show_edit(done: Done, network: store.Network, picture: store.Picture, title: str) -> None:
    """Sentence, pictures, numbers and table."""
    classes = network.model.classes
    result = edit_result(done, Scene(picture.image, classes.names, palette_of(classes)), title)
    st.markdown(result.note)
    pictures, beside = st.columns([0.84, 0.16], gap="small")
    with pictures:
        for name, figure in zip(("answer", "baseline"), result.figures, strict=False):
            show_figure(figure, f"figure.edits.{name}", 0.84)
    with beside:
        show_numbers(result.numbers)
    st.dataframe([dict(row) for row in result.rows], hide_index=True, width="stretch")
