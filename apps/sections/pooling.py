"""Sidebar: how many images of the data set a view pools."""

from __future__ import annotations

import streamlit as st

from apps import store
from apps.looks import pooled

POOLING = ("separation", "tokens")
POOLED, MOST = "control.pooled", 12


def pool_images(
    networks: tuple[store.Network, store.Network | None], picture: store.Picture, taken: store.Shot
) -> store.Shot:
    """The shot with as many further images as the reader asks for, each seen by every network of the shot."""
    if picture.place is None:
        return taken
    count = int(st.slider("Images pooled", 1, MOST, key=POOLED, help="Evenly spread over the split."))
    bar = st.empty()
    for done in pooled(taken, networks, picture, count - 1):
        taken = done
        bar.progress(len(taken.more) / (count - 1), f"{len(taken.more)} of {count - 1} further images")
    bar.empty()
    return taken
