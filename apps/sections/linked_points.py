"""Main area of the feature maps: dots and image linked both ways, with the numbers of what is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from apps import store
from apps.components.linked_points import chosen, clicked, linked_points
from apps.components.long_work import Told, cancellable
from apps.components.marks import mark_in_address, read_samples, samples_text
from apps.looks import look_of
from apps.sections.clickable import keep_pixel
from apps.sections.export import offer_export
from apps.sections.view_body import show_numbers
from apps.shelf import Shelf
from gald_viz.analysis.layout import Layout, find_pixel
from gald_viz.figures.linked_points import Album, marked_pixel
from gald_viz.types import Number, View
from gald_viz.views import separation

_KEY = "linked.points"
_KEPT = 8  # layouts
_CHOSEN, _PIXEL = "linked.points.chosen", "linked.points.pixel"
# As the address has them: those that are chosen, and those that a link asks for.
POINTS, POINTS_ASKED = "linked.points.text", "linked.points.asked"
_BESIDE = 0.84


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A layout with what the page shows of it."""

    layout: Layout
    album: Album
    payload: dict[str, Any]
    numbers: tuple[Number, ...]
    note: str


def show_separation(view: View, taken: store.Shot, state: Mapping[str, Any]) -> None:
    """The maps beside their numbers, and the images that their cells come from."""
    key = (store.identity(taken), tuple(sorted(state.items())))

    def work(told: Told) -> _Prepared:
        return _layouts().get(key, lambda: _prepared(view, taken, state, told), lambda _ready: 1)

    ready = cancellable("separation", key, "Laying out the cells …", work)
    if ready is not None:
        _show_linked(view, taken, state, ready)


@st.fragment
def _show_linked(view: View, taken: store.Shot, state: Mapping[str, Any], ready: _Prepared) -> None:
    """What is chosen runs this function again and nothing else."""
    signature = ready.payload["signature"]
    if asked := st.session_state.pop(POINTS_ASKED, ""):
        st.session_state[_CHOSEN] = (signature, read_samples(asked, len(ready.layout.sample)))
    selected = _kept(_CHOSEN, signature, ())
    st.session_state[POINTS] = samples_text(selected, len(ready.layout.sample))
    mark_in_address(view.name, "points", st.session_state[POINTS])
    pixel = _kept(_PIXEL, signature, None)
    found = None if pixel is None else find_pixel(ready.layout, pixel[0], pixel[1:])
    data = ready.payload | {
        "selected": list(selected),
        "pixel": None if found is None else marked_pixel(found, ready.album),
    }
    maps, numbers = st.columns([_BESIDE, 1 - _BESIDE], gap="small")
    with maps:
        told = partial(_remember, ready, signature)
        linked_points(data, key=_KEY, on_selected=told, on_pixel=partial(_find, ready, signature))
    with numbers:
        show_numbers(ready.numbers)
    rows = _chosen_rows(ready, selected)
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch")
    st.caption(ready.note)
    offer_export(view, taken, {**state, "selected": selected})


@st.cache_resource(max_entries=1, show_spinner=False)
def _layouts() -> Shelf:
    # Streamlit's own cache cannot hold what tells its progress on the page.
    return Shelf(_KEPT)


def _prepared(view: View, taken: store.Shot, state: Mapping[str, Any], told: Told) -> _Prepared:
    look = look_of(view, taken, state)
    # What compiles in its first step shows the button before it.
    if state["method"] == separation.UMAP:
        told(0.0, "")
    layout = separation.laid_out(look, lambda share: told(share, f"{100 * share:.0f} %"))
    numbers, note = separation.numbers_of(layout), separation.note_on(look, layout)
    return _Prepared(layout, separation.album_of(look), separation.linked(look, layout), numbers, note)


def _chosen_rows(ready: _Prepared, selected: tuple[int, ...]) -> list[dict[str, Any]]:
    """One row a class and image among the chosen cells."""
    sample, rows = ready.layout.sample, []
    predicted = np.array(ready.payload["predicted"])
    chosen_cells = np.array(selected, dtype=np.int64)
    for image in np.unique(sample.image[chosen_cells]):
        here = chosen_cells[sample.image[chosen_cells] == image]
        for class_id in np.unique(sample.class_id[here]):
            cells = here[sample.class_id[here] == class_id]
            wrong = int((predicted[cells] != class_id).sum())
            rows.append(
                {
                    "image": ready.album.ids[image],
                    "class": ready.album.names[class_id],
                    "chosen cells": len(cells),
                    "predicted as another class": wrong,
                }
            )
    return rows


def _kept(name: str, signature: str, empty: Any) -> Any:
    """What was kept for this layout; another one's numbers mean other cells."""
    known, value = st.session_state.get(name, ("", empty))
    return value if known == signature else empty


def _remember(ready: _Prepared, signature: str) -> None:
    st.session_state[_CHOSEN] = (signature, chosen(_KEY, len(ready.layout.sample)))


def _find(ready: _Prepared, signature: str) -> None:
    """Keep the clicked pixel, and choose the sampled cell that is nearest to it."""
    pixel = clicked(_KEY)
    if pixel is None:
        return
    try:
        found = find_pixel(ready.layout, pixel[0], pixel[1:])
    except ValueError:
        # What a browser sends that is no pixel of the images is no click.
        return
    st.session_state[_PIXEL] = (signature, pixel)
    st.session_state[_CHOSEN] = (signature, (found.nearest,) if found.nearest >= 0 else ())
    if pixel[0] == 0:
        keep_pixel(pixel[1:])
