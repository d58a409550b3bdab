"""Main area: a view's question, its figures with their numbers beside them, and what they mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from apps import store
from apps.components.theme import in_theme
from apps.components.words import plain
from apps.sections.export import offer_export
from apps.sections.network import checkpoint_label, counterpart, offer, shipped_for
from gald_viz.figures.plain import in_words
from gald_viz.types import Number, View, ViewResult

_CHART = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["select2d", "autoScale2d", "toImage"],
    "scrollZoom": False,
}
_FONT = "'Source Sans', 'Source Sans Pro', sans-serif"
_BAR = 96  # pixels that a colour bar and its numbers take
_BESIDE = 0.84  # share of the width that figures have beside their numbers


def show_obstacle(view: View, taken: store.Shot, reason: str) -> None:
    """Say why the view does not apply, and offer the shipped checkpoint that has it and fits best."""
    st.info(plain(reason))
    if view.unfit(taken.capture) is not None:
        for name in shipped_for(view, taken.capture.class_names)[:1]:
            offer(name, key=f"offer.{view.name}.{name}")


def show_foreign_label(picture: store.Picture, taken: store.Shot) -> None:
    """Say that the image's label speaks of other classes than the network, and offer one that fits."""
    source = picture.place[0] if picture.place else picture.id
    known = taken.capture.provenance["checkpoint"]
    st.warning(
        f"The labels of {plain(source)} have other classes than {plain(known)} was trained on, so the label is left "
        "out here. A checkpoint that knows these classes shows everything."
    )
    better = counterpart(known, picture.class_names)
    if better is not None:
        offer(better, key=f"offer.label.{better}")


def show_result(view: View, taken: store.Shot, state: dict[str, Any]) -> None:
    """Figures on the left, their numbers on the right, the table and the conditions below."""
    with st.spinner("Computing …", show_time=True):
        result = store.drawn(view.name, taken, state)
    pictures, numbers = st.columns([_BESIDE, 1 - _BESIDE], gap="small")
    with pictures:
        show_figures(view, result, scale=_BESIDE)
    with numbers:
        show_numbers(result.numbers)
    show_rest(result)
    offer_export(view, taken, state)


def show_figures(view: View, result: ViewResult, first: int = 0, scale: float = 1.0) -> None:
    """The figures from number `first` on, as show_figure does."""
    for index, figure in enumerate(result.figures[first:], start=first):
        show_figure(figure, f"figure.{view.name}.{index}", scale)


def show_figure(figure: go.Figure, key: str, scale: float = 1.0, alt: str | None = None) -> None:
    """One figure in its own look, with the page's type, at the height that fits the column.

    `alt` says in a sentence what it shows, for who cannot see it; else heading and numbers do.
    """
    words = alt or in_words(figure)
    st.plotly_chart(_fitted(figure, scale), width="stretch", theme=None, key=key, config=_CHART, alt=words)


def show_clickable_figure(figure: go.Figure, key: str, scale: float, on_click: Callable[[], None]) -> None:
    """The same, whose points can be clicked: on_click reads the point in the session's state of the key."""
    words = in_words(figure)
    st.plotly_chart(
        _fitted(figure, scale),
        width="stretch",
        theme=None,
        key=key,
        config=_CHART,
        alt=words,
        on_select=on_click,
        selection_mode="points",
    )


def _fitted(figure: go.Figure, scale: float) -> go.Figure:
    margin = figure.layout.margin
    edges = margin.t + margin.b
    # Room that a picture leaves at its right is made for the whole width; what a colour bar needs stays.
    right = max(min(margin.r, _BAR), round(scale * margin.r))
    height = round(edges + scale * (figure.layout.height - edges))
    # At once: plotly checks the whole layout at every change.
    look = {"height": height, "margin_r": right, "font_family": _FONT, "hoverlabel_font_family": _FONT}
    return in_theme(figure.update_layout(look))


def show_numbers(numbers: tuple[Number, ...]) -> None:
    """One metric a number, with its explanation behind the question mark."""
    for number in numbers:
        st.metric(plain(number.name), number.text, help=plain(number.explanation) or None)


def show_rest(result: ViewResult) -> None:
    """The table and the sentence that says what was computed."""
    if result.rows:
        st.dataframe([dict(row) for row in result.rows], hide_index=True, width="stretch")
    if result.note:
        st.caption(result.note)


def facts(taken: store.Shot, picture: store.Picture) -> str:
    """One line on what is looked at."""
    height, width = picture.image.shape[:2]
    network = checkpoint_label(taken.capture.provenance["checkpoint"])
    source = picture.place[0] if picture.place else "photograph"
    return plain(f"{network} · {source} · {picture.id} · {width} × {height} px")
