"""The Size response page: the sidebar sets the sizes of posts and signs, the main area shows what is found of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from apps.components.words import show_error
from apps.sections.view_body import show_figure
from gald_viz.analysis.size_response import (
    SizeCounts,
    outcomes,
    recall_differences,
    scene_rates,
    size_counts,
)
from gald_viz.figures.sheet import Heading
from gald_viz.figures.size_response import Knob, response_figure, scene_figure
from models.checkpoint import load_checkpoint
from models.data.scenes import CLASSES
from models.data.sized_scenes import sized_scene
from models.segmenter import Segmenter
from models.study.size_networks import shipped
from models.study.size_response import HELD, REACHES, SHARES, SIZES, TITLES, answers, read_counts

RESULTS = Path(__file__).parents[2] / "docs" / "study" / "size-response.csv"
KEY = "control.size"
_SCENE = 12  # has many posts and signs
_WORDS = {"pole": "posts", "sign": "signs"}
_UNITS = {"pole": "width of the posts [px]", "sign": "size of the signs [px]"}
_QUESTION = """**Size response.** Does global aggregation lose thin and small things, and does local distribution
bring them back? *Predict* before you move a slider: at which width will the posts vanish, and in whose answer first?
*Then look* at the four panels, and at the dotted line in the curves. *Do not conclude* from this one scene, nor from
one network: the curves below have every network trained from several seeds, and a difference counts only where its
interval leaves out 0. Tiny networks on drawings say nothing about photographs."""


def page() -> None:
    """Draw the page."""
    with st.sidebar:
        sizes = {knob: _size_slider(knob) for knob in SIZES}
        reach = str(st.selectbox("Windows of GA", list(REACHES), key=f"{KEY}.reach", format_func=_reach_title))
        st.session_state.setdefault(f"{KEY}.scene", _SCENE)
        scene = int(st.number_input("Scene", 0, 39, key=f"{KEY}.scene", help="One of the scenes of the curves."))
    st.markdown(_QUESTION)
    names = ("fcn", f"ga-{reach}", f"gald-{reach}")
    counts = _results_or_reason()
    try:
        _show_scene(scene, sizes, names, counts)
    except ValueError as error:
        show_error(error)
    if counts:
        _show_curves(counts, sizes, names)


def _size_slider(knob: str) -> int:
    sizes = SIZES[knob]
    key = f"{KEY}.{knob}"
    st.session_state.setdefault(key, HELD[knob])
    label = "Width of every post, pixels" if knob == "pole" else "Size of every sign, pixels"
    return st.slider(label, sizes[0], sizes[-1], key=key)


def _reach_title(reach: str) -> str:
    return "the whole image" if REACHES[reach] == 1 else f"{SHARES[reach]} of the image on each side"


def _results_or_reason() -> dict[str, SizeCounts]:
    """Results of the study by knob; empty, with the reason on the page, where there are none."""
    try:
        return _results(RESULTS, RESULTS.stat().st_mtime_ns if RESULTS.is_file() else 0)
    except ValueError as error:
        st.info(f"The curves are missing: {error}")
        return {}


@st.cache_data(max_entries=2, show_spinner=False)
def _results(file: Path, modified: int) -> dict[str, SizeCounts]:
    rows = [asdict(count) for count in read_counts(file)]
    return {knob: size_counts(rows, knob) for knob in SIZES}


@st.cache_resource(max_entries=8, show_spinner=False)
def _network(name: str) -> Segmenter:
    return load_checkpoint(shipped(name)).model


@st.cache_data(max_entries=64, show_spinner=False)
def _answer(name: str, scene: int, pole: int, sign: int) -> NDArray[np.int64]:
    return answers(_network(name), [sized_scene("test", scene, pole, sign)[0]])[0]


def _show_scene(scene: int, sizes: Mapping[str, int], names: tuple[str, ...], counts: Mapping[str, SizeCounts]) -> None:
    """The scene, what each network found of it, and the numbers."""
    image, label = sized_scene("test", scene, sizes["pole"], sizes["sign"])
    found = {name: _answer(name, scene, sizes["pole"], sizes["sign"]) for name in names}
    classes = {knob: CLASSES.index(knob) for knob in SIZES}
    panels, rows = {}, []
    for name, answer in found.items():
        rates = {knob: scene_rates(answer, label, index) for knob, index in classes.items()}
        shown = ", ".join(f"{_WORDS[knob]} {_percent(recall)}" for knob, (recall, _) in rates.items())
        panels[f"{TITLES[name]}: {shown}"] = outcomes(answer, label, list(classes.values()))
        rows.append({"network": TITLES[name]} | _cells(name, sizes, rates, counts))
    pixels = ", ".join(f"{int((label == index).sum()):,} of {_WORDS[knob]}" for knob, index in classes.items())
    heading = Heading(
        f"Posts {sizes['pole']} px wide, signs {sizes['sign']} px",
        f"recall: the share found of the labelled pixels, {pixels}",
    )
    show_figure(scene_figure(image, panels, heading), "figure.size.scene", scale=0.84)
    st.dataframe(rows, hide_index=True, width="stretch")


def _cells(
    name: str, sizes: Mapping[str, int], rates: Mapping[str, tuple[float, float]], counts: Mapping[str, SizeCounts]
) -> dict[str, str]:
    """Recall and precision in this scene, and recall over all scenes and seeds where this size was measured."""
    cells = {}
    for knob, (recall, precision) in rates.items():
        cells[f"{_WORDS[knob]}: recall here"] = _percent(recall)
        cells[f"{_WORDS[knob]}: precision here"] = _percent(precision)
        if knob in counts:
            cells[f"{_WORDS[knob]}: recall in the study"] = _percent(_studied(counts[knob], name, sizes[knob]))
    return cells


def _studied(counts: SizeCounts, name: str, size: int) -> float:
    """Mean recall over the seeds at a size, nan where it was not measured."""
    if size not in counts.sizes or name not in counts.networks:
        return math.nan
    return float(np.nanmean(counts.recall[counts.networks.index(name), :, counts.sizes.index(size)]))


def _show_curves(counts: Mapping[str, SizeCounts], sizes: Mapping[str, int], names: tuple[str, ...]) -> None:
    lines = (names[0], "head", *names[1:])
    wanted = [(names[1], "fcn"), (names[1], "head"), (names[2], names[1])]
    drawn = [
        Knob(found, _WORDS[knob], _UNITS[knob], sizes[knob], recall_differences(found, wanted))
        for knob, found in counts.items()
    ]
    seeds = len(drawn[0].counts.seeds)
    heading = Heading(
        "Recall against size",
        f"above: mean and range of {seeds} seeds; below: differences, seed by seed; dotted: the size of the scene",
    )
    show_figure(response_figure(drawn, {name: TITLES[name] for name in lines}, heading), "figure.size.curves")
    st.caption(
        "The study varies one size at a time and holds the other (posts at "
        f"{HELD['pole']} px, signs at {HELD['sign']} px); the networks of the scene above are those of its first seed. "
        "Conditions, tables and what it cannot decide: docs/study-size.md."
    )


def _percent(rate: float) -> str:
    return "–" if math.isnan(rate) else f"{100 * rate:.0f} %"
