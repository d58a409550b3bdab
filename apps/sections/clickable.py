"""Main area of the view that is asked by clicking a pixel."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from plotly.colors import sample_colorscale

from apps import store
from apps.components.marks import pair_text
from apps.components.pixel_picker import Dot, Look, picked, pixel_picker
from apps.components.words import plain
from apps.looks import look_of
from apps.sections.export import offer_export
from apps.sections.view_body import show_figure, show_numbers, show_rest
from gald_viz.analysis.affinity import PixelAffinity
from gald_viz.analysis.readout import class_name_of, small_class_pixel
from gald_viz.figures.theme import WEIGHT_SCALE
from gald_viz.types import Capture, View, ViewResult
from gald_viz.views.affinity import NEAR, STAGE, at_pixel, limit_of, numbers_of, weights, whole_image

PIXEL = "pixel"
_PICKER = "picker"

Box = tuple[int, int, int, int]


def show_clickable(view: View, taken: store.Shot, state: Mapping[str, Any]) -> None:
    """The image to click beside the answer, above what does not depend on the pixel."""
    _show_answer(view, taken, state)
    result = _whole_image(store.identity(taken), bool(state["maps"]), view, taken)
    for figure in result.figures:
        show_figure(figure, f"figure.{view.name}.whole")
    show_rest(result)


@st.cache_data(max_entries=32, show_spinner=False)
def _whole_image(key: tuple[Any, ...], maps: bool, _view: View, _taken: store.Shot) -> ViewResult:
    return whole_image(look_of(_view, _taken, {"maps": maps}))


@st.fragment
def _show_answer(view: View, taken: store.Shot, state: Mapping[str, Any]) -> None:
    """A click runs this function again and nothing else."""
    capture = taken.capture
    pixel = chosen_pixel(capture)
    look = look_of(view, taken, {**state, "pixel": pixel})
    affinity = at_pixel(look)
    limit = limit_of(look, affinity)

    picture, grid, numbers = st.columns([0.48, 0.36, 0.16], gap="small")
    with picture:
        st.markdown("**Click a pixel**, or move with the arrow keys")
        _pick(capture, pixel, affinity, limit, near=state["frame"] == NEAR)
        st.markdown(answer_at(taken, pixel))
    with grid:
        show_figure(weights(look), "figure.weights")
    with numbers:
        show_numbers(numbers_of(look, affinity))
        offer_export(view, taken, {**state, "pixel": pixel})


def chosen_pixel(capture: Capture) -> tuple[int, int]:
    """(x, y) that was clicked last, on this image or on another; before the first click a pixel of a small class."""
    if PIXEL not in st.session_state:
        return small_class_pixel(capture.prediction)
    height, width = capture.image.shape[:2]
    x, y = st.session_state[PIXEL]
    return min(x, width - 1), min(y, height - 1)


def keep_pixel(pixel: tuple[int, int]) -> None:
    """Remember the pixel (x, y) for every view, and in the page's address."""
    st.session_state[PIXEL] = pixel
    st.query_params["pixel"] = pair_text(pixel)


def answer_at(taken: store.Shot, pixel: tuple[int, int]) -> str:
    """What the network says at the pixel and what the label says."""
    x, y = pixel
    predicted = class_name(taken.capture, int(taken.capture.prediction[y, x]))
    sure = float(taken.capture.confidence[y, x])
    words = f"({x}, {y}) predicted **{plain(predicted)}**, {100 * sure:.0f} % sure"
    if taken.label is None:
        return words
    return f"{words} · label **{plain(class_name(taken.capture, int(taken.label[y, x])))}**"


def class_name(capture: Capture, class_id: int) -> str:
    """Name of a class id, in words also where there is none."""
    return class_name_of(capture.class_names, class_id)


def dots_of(affinity: PixelAffinity, limit: float, radius: float) -> list[Dot]:
    """The neighbours within the map, the heavier the redder and the more opaque."""
    share = np.minimum(affinity.weight / limit, 1.0)
    colors = sample_colorscale(WEIGHT_SCALE, share.tolist())
    return [
        Dot(float(x) + 0.5, float(y) + 0.5, radius, color, 0.4 + 0.6 * float(weight))
        for x, y, weight, color, inside in zip(affinity.x, affinity.y, share, colors, affinity.inside, strict=True)
        if inside
    ]


def surroundings(affinity: PixelAffinity, size: tuple[int, int]) -> Box:
    """(left, top, right, bottom) in pixels of the neighbours with a margin, within an image of (H, W)."""
    height, width = size
    margin = max(0.15 * float(np.ptp(affinity.x)), 8.0)
    left, right = affinity.x.min() - margin, affinity.x.max() + margin + 1
    top, bottom = affinity.y.min() - margin, affinity.y.max() + margin + 1
    return max(int(left), 0), max(int(top), 0), min(int(right), width), min(int(bottom), height)


def _pick(capture: Capture, pixel: tuple[int, int], affinity: PixelAffinity, limit: float, near: bool) -> None:
    height, width = capture.image.shape[:2]
    left, top, right, bottom = surroundings(affinity, (height, width)) if near else (0, 0, width, height)
    cell = max(round(width / capture.stages[STAGE].shape[2]), 1)
    dots = [
        Dot(dot.x - left, dot.y - top, dot.radius, dot.color, dot.opacity)
        for dot in dots_of(affinity, limit, max(0.3 * cell, 0.011 * (right - left)))
    ]
    pixel_picker(
        capture.image[top:bottom, left:right],
        (pixel[0] - left, pixel[1] - top),
        dots,
        Look("The image: click a pixel, or move with the arrow keys", 430, cell),
        key=_PICKER,
        on_pixel=partial(_remember, left, top),
    )


def _remember(left: int, top: int) -> None:
    point = picked(_PICKER)
    if point is not None:
        keep_pixel((point[0] + left, point[1] + top))
