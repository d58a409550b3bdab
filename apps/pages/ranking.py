"""The Ranking page: where a stage helps or hurts over a data set, by image, class, size and distance to a boundary."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from apps import indexes
from apps.components.words import plain, show_error
from apps.pages import place
from apps.sections.index_choice import choose_folder, choose_index, make_one
from apps.sections.index_open import show_in_explorer, view_for
from apps.sections.index_parts import show_classes, show_kinds, show_sizes, show_suspects, show_totals
from apps.sections.index_table import clickable_table
from gald_viz.analysis.index_query import Selection
from gald_viz.analysis.ranking import ORDERS, RankedImages, rank_images
from gald_viz.index.files import IndexFolder
from gald_viz.views.stages import ALONE
from models.evaluation.segments import BANDS, SIZES

KEY = "control.ranking"
_OPEN = "ranking.open"
_PARTS = ("Images", "Classes", "Sizes and boundaries", "Kinds of errors", "Suspicious labels")
_COUNTS = (10, 25, 50, 100)


def page() -> None:
    """Draw the page."""
    chosen = st.session_state.pop(_OPEN, None)
    if chosen is not None:
        show_in_explorer(*chosen)
        st.switch_page(place("explore"))
    with st.sidebar:
        st.markdown("### Ranking")
        folder = choose_folder()
        index = choose_index(folder, f"{KEY}.index")
        try:
            make_one(folder, f"{KEY}.index")
        except ValueError as error:
            show_error(error)
    if index is None:
        st.info("Choose or make an index on the left.")
        return
    try:
        _show(index)
    except ValueError as error:
        show_error(error)


def _show(index: IndexFolder) -> None:
    st.markdown(
        "**Where does a stage help, and where does it hurt?** A pixel is fixed where the first is wrong and the second "
        "right, broken the other way round; over all images the two differ by exactly what the confusion matrices do."
    )
    selection = _choose(index)
    show_totals(index, selection)
    st.session_state.setdefault(f"{KEY}.part", _PARTS[0])
    part = st.segmented_control("Show", _PARTS, key=f"{KEY}.part", required=True, label_visibility="collapsed")
    if part == _PARTS[0]:
        _show_images(index, selection)
    elif part == _PARTS[1]:
        show_classes(index, selection)
    elif part == _PARTS[2]:
        show_sizes(index, selection.classes)
    elif part == _PARTS[3]:
        show_kinds(index, selection.after)
    else:
        show_suspects(index, selection.classes, lambda number: _open(index, number, "errors"))
    _facts(index)


def _choose(index: IndexFolder) -> Selection:
    """Two stages and the filters."""
    stages, names = list(index.meta.stages), list(index.meta.class_names)
    _keep(f"{KEY}.before", stages, "ga" if "ga" in stages else stages[0])
    _keep(f"{KEY}.after", stages, stages[-1] if index.meta.against and "ga" not in stages else "output")
    for name, allowed in (("classes", names), ("sizes", SIZES), ("bands", BANDS)):
        kept = [value for value in st.session_state.get(f"{KEY}.{name}", []) if value in allowed]
        st.session_state[f"{KEY}.{name}"] = kept
    left, middle, *rest = st.columns([0.15, 0.15, 0.3, 0.2, 0.2])
    before = left.selectbox("From stage", stages, key=f"{KEY}.before")
    after = middle.selectbox("to stage", stages, key=f"{KEY}.after")
    classes = rest[0].multiselect("Classes", names, key=f"{KEY}.classes", placeholder="all")
    sizes = rest[1].multiselect(
        "Segment, px", SIZES, key=f"{KEY}.sizes", placeholder="all", help="Area of the label's connected region."
    )
    bands = rest[2].multiselect(
        "To boundary, px", BANDS, key=f"{KEY}.bands", placeholder="all", help="Distance to the nearest label boundary."
    )
    return Selection(str(before), str(after), tuple(classes), tuple(sizes), tuple(bands))


def _keep(key: str, allowed: list[str], start: str) -> None:
    if st.session_state.get(key) not in allowed:
        st.session_state[key] = start


def _show_images(index: IndexFolder, selection: Selection) -> None:
    left, right, _ = st.columns([0.3, 0.15, 0.55])
    order = str(left.selectbox("Sorted by", list(ORDERS), key=f"{KEY}.order"))
    count = int(right.selectbox("Images", _COUNTS, key=f"{KEY}.count"))
    found = indexes.asked(rank_images, index, selection, order, count)
    if not len(found.image):
        st.info("No image has a labelled pixel of this kind. Take a filter away.")
        return
    view = view_for(selection.before, selection.after)
    numbers = [int(number) for number in found.number]
    meta = index.meta
    with st.spinner("Reading the images …"):
        pictures = [indexes.thumbnail(meta.data, meta.root, meta.split, number) for number in numbers]
    clickable_table("ranking.images", image_rows(found, pictures), lambda row: _open(index, numbers[row], view))
    if not any(pictures):
        where = plain(meta.root) or "its default folder"
        st.caption(f"The images of {meta.data} are not where they were indexed ({where}).")


def image_rows(found: RankedImages, pictures: list[str | None]) -> list[dict[str, Any]]:
    """What the table shows of each image."""
    shares = 100 * np.stack([found.before_right, found.after_right]) / found.pixels
    return [
        {
            "image": pictures[row],
            "id": str(found.image[row]),
            "fixed px": int(found.fixed[row]),
            "broken px": int(found.broken[row]),
            "gain px": int(found.gain[row]),
            "right before %": round(float(shares[0, row]), 2),
            "right after %": round(float(shares[1, row]), 2),
            "counted px": int(found.pixels[row]),
        }
        for row in range(len(found.image))
    ]


def _open(index: IndexFolder, number: int, view: str) -> None:
    st.session_state[_OPEN] = (index, number, view)


def _facts(index: IndexFolder) -> None:
    meta = index.meta
    trunk = f" Stage classifiers: trunk {meta.trunk}." if meta.trunk else ""
    part = f"{meta.images} of {meta.total} images, evenly spread" if meta.images < meta.total else "all images"
    skipped = f" {index.skipped} images without a label are left out." if index.skipped else ""
    if "ga" in meta.stages:
        st.caption(ALONE)
    st.caption(f"{plain(index.title)} ({part}) · sha256 {meta.sha256[:12]}.{trunk}{skipped}")
