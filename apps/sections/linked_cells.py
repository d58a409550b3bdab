"""Main area of the views with a matrix of classes: a clicked cell marks its regions in the image."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from apps import store
from apps.components.controls import choose
from apps.components.marks import mark_in_address, pair_text
from apps.looks import look_of
from apps.sections.export import offer_export
from apps.sections.view_body import show_clickable_figure, show_figure, show_figures, show_numbers, show_rest
from gald_viz.types import View, ViewResult
from gald_viz.views import errors, tokens

CELL, PAIR = "control.errors.marked", "control.tokens.marked"
_MOST = 200  # cells that a list holds
_BESIDE = 0.84
_MATRIX, _REGIONS = 490, 450  # pixels; side by side they fill a window of 1280

Cell = tuple[int, int]


def show_errors(view: View, taken: store.Shot, state: dict[str, Any]) -> None:
    """The error maps, and below them the confusion matrix that is linked to the image."""
    result = store.drawn(view.name, taken, state)
    pictures, numbers = st.columns([_BESIDE, 1 - _BESIDE], gap="small")
    with pictures:
        show_figures(view, ViewResult(result.figures[:2], ()), scale=_BESIDE)
    with numbers:
        show_numbers(result.numbers)
    show_rest(result)
    _show_confusion(view, taken, state)


def show_tokens(view: View, taken: store.Shot, state: dict[str, Any]) -> None:
    """The similarity of the tokens, linked to where classes are taken for each other."""
    _show_pairs(view, taken, state)


@st.fragment
def _show_confusion(view: View, taken: store.Shot, state: Mapping[str, Any]) -> None:
    """A click runs this function again and nothing else."""
    names = taken.capture.class_names
    counts = errors.counts_of(look_of(view, taken, state))
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    listed = _largest(wrong) or _largest(counts)
    label = "Linked to the image: click a cell, or choose it here (label → prediction)"
    cell = _choose(CELL, label, listed, len(names), lambda c: _words(c, names, int(counts[c])))
    mark_in_address(view.name, "cell", pair_text(cell))
    result = errors.confused(look_of(view, taken, {**state, errors.CELL: cell}))
    _show_linked(result, "errors", CELL)
    offer_export(view, taken, {**state, errors.CELL: cell})


@st.fragment
def _show_pairs(view: View, taken: store.Shot, state: Mapping[str, Any]) -> None:
    names, look = taken.capture.class_names, look_of(view, taken, state)
    listed = [(pair.first, pair.second) for pair in tokens.pairs_of(look)]
    label = "Linked to the image: click a cell, or choose a pair here, the most alike first"
    pair = _choose(PAIR, label, listed, len(names), lambda c: f"{names[c[0]]} and {names[c[1]]}")
    mark_in_address(view.name, "pair", pair_text(pair))
    matrix, regions = tokens.similarity(look, pair), tokens.confused(look, pair)
    further = regions.numbers if regions else ()
    pictures, numbers = st.columns([_BESIDE, 1 - _BESIDE], gap="small")
    with pictures:
        clicked = partial(_clicked, "figure.tokens.matrix", PAIR)
        show_clickable_figure(matrix.figures[0], "figure.tokens.matrix", _BESIDE, clicked)
        if regions:
            show_figure(regions.figures[0], "figure.tokens.regions", _BESIDE)
        else:
            st.info(_why_no_regions(taken, pair))
    with numbers:
        show_numbers((*matrix.numbers, *further))
    show_rest(matrix)
    offer_export(view, taken, {**state, tokens.PAIR: pair})


def _show_linked(result: ViewResult, name: str, key: str) -> None:
    """The matrix, beside it the regions, and the numbers in a row below."""
    # In a narrow window the second one goes below the first.
    row = st.container(horizontal=True, gap="small")
    with row.container(width=_MATRIX):
        clicked = partial(_clicked, f"figure.{name}.matrix", key)
        show_clickable_figure(result.figures[0], f"figure.{name}.matrix", 0.85, clicked)
    if len(result.figures) > 1:
        with row.container(width=_REGIONS):
            show_figure(result.figures[1], f"figure.{name}.regions", 0.75)
    for column, number in zip(st.columns(len(result.numbers)), result.numbers, strict=True):
        with column:
            show_numbers((number,))
    st.caption(result.note)


def _choose(key: str, label: str, listed: Sequence[Cell], classes: int, words: Callable[[Cell], str]) -> Cell:
    """One of the listed cells, or any other that was clicked in the matrix of so many classes."""
    kept = _as_cell(st.session_state.get(key), classes)
    st.session_state[key] = kept
    return choose(label, [*listed, *([kept] if kept and kept not in listed else [])], key, words)


def _clicked(figure: str, key: str) -> None:
    """Keep the cell that was clicked in the figure."""
    event = st.session_state.get(figure)
    points = event["selection"]["points"] if event else []
    cell = points[0].get("customdata") if points else None
    if isinstance(cell, list | tuple) and len(cell) == 2:
        st.session_state[key] = (int(cell[0]), int(cell[1]))


def _as_cell(value: Any, classes: int) -> Cell | None:
    """A cell that was kept, None for what is none: it may come from a network with more classes."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        return None
    return (int(value[0]), int(value[1])) if max(value) < classes else None


def _largest(counts: Any) -> list[Cell]:
    """Cells that hold pixels, most first."""
    order = np.argsort(-counts, axis=None, kind="stable")[:_MOST]
    cells = [tuple(int(k) for k in np.unravel_index(i, counts.shape)) for i in order if counts.flat[i] > 0]
    return [(row, column) for row, column in cells]


def _words(cell: Cell, names: Sequence[str], pixels: int) -> str:
    return f"{names[cell[0]]} → {names[cell[1]]}, {pixels:,} px"


def _why_no_regions(taken: store.Shot, pair: Cell) -> str:
    if taken.label is None:
        return "Where the two are taken for each other needs a label, and this image has none."
    return "A class with itself is no pair: click a cell beside the diagonal."
