"""The Compare page: two networks, or two stages, over a data set, with intervals over its images; or in one frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from apps import indexes
from apps.components.words import plain, show_error
from apps.pages import place
from apps.sections.index_choice import choose_folder, choose_index, make_one, stage_key
from apps.sections.index_open import show_in_explorer
from apps.sections.index_table import clickable_table
from apps.sections.one_frame import show_one_frame
from apps.sections.view_body import show_figure
from gald_viz.analysis.compare import Comparison, compare
from gald_viz.analysis.decomposition import ERRORS, Decomposition
from gald_viz.analysis.index_query import Selection, error_counts
from gald_viz.analysis.ranking import class_table, rank_images
from gald_viz.figures.ranking import intervals_figure
from gald_viz.figures.sheet import Heading
from gald_viz.index.files import IndexFolder, open_index

KEY = "control.compare"
DATA_SET, FRAME = "over a data set", "in one frame"
_MODE = f"{KEY}.mode"
_OPEN = "compare.open"
_ALL = 1_000_000
_SHOWN = 25

Side = tuple[IndexFolder, str]


def page() -> None:
    """Draw the page."""
    chosen = st.session_state.pop(_OPEN, None)
    if chosen is not None:
        show_in_explorer(*chosen, "errors")
        st.switch_page(place("explore"))
    if st.session_state.get(_MODE) not in (DATA_SET, FRAME):
        st.session_state[_MODE] = DATA_SET
    mode = st.segmented_control("Compare", [DATA_SET, FRAME], key=_MODE, label_visibility="collapsed", required=True)
    try:
        show_one_frame() if mode == FRAME else _show_data_set()
    except ValueError as error:
        show_error(error)


def _show_data_set() -> None:
    with st.sidebar:
        st.markdown("### Compare")
        folder = choose_folder()
        first = _side(folder, "first", "First network")
        second = _side(folder, "second", "Second network")
        try:
            make_one(folder, f"{KEY}.first", f"{KEY}.second")
        except ValueError as error:
            show_error(error)
    if first is None or second is None:
        st.info("Choose two indexes on the left, or one that was made with --against.")
        return
    try:
        _show(first, second)
    except ValueError as error:
        show_error(error)


def _side(folder: str, name: str, title: str) -> Side | None:
    """An index and one of its stages."""
    key = f"{KEY}.{name}"
    if key not in st.session_state:
        _start(folder, name, key)
    index = choose_index(folder, key, title)
    if index is None:
        return None
    stages = list(index.meta.stages)
    if st.session_state.get(stage_key(key)) not in stages:
        st.session_state[stage_key(key)] = stages[-1] if name == "second" and index.meta.against else "output"
    return index, str(st.selectbox("its stage", stages, key=stage_key(key)))


def _start(folder: str, name: str, key: str) -> None:
    """Begin with an index of two networks, else with two indexes of the same data, where there are any."""
    found = indexes.known_indexes(folder)
    first = next((index for index in found if str(index.path) == st.session_state.get(f"{KEY}.first")), None)
    if name == "first":
        start = next((index for index in found if index.meta.against), None)
    elif first is None or first.meta.against:
        start = first
    else:
        same = (first.meta.data, first.meta.split)
        others = [index for index in found if index.path != first.path]
        start = next((index for index in others if (index.meta.data, index.meta.split) == same), first)
    if start is not None:
        st.session_state[key] = str(start.path)


def _show(first: Side, second: Side) -> None:
    if (first[0].path, first[1]) == (second[0].path, second[1]):
        st.info("Both sides are the same answer. Choose another index or stage on one side.")
        return
    result = indexes.asked(_compared, first[0], first[1], str(second[0].path), second[1])
    names = _title(*first), _title(*second)
    st.markdown(f"**Is {plain(names[1])} better than {plain(names[0])}, or were the images lucky?**")
    _show_numbers(result, names)
    classes = list(first[0].meta.class_names)
    clear = int(result.iou.clear.sum())
    heading = Heading(
        f"IoU of the classes: {names[1]} minus {names[0]}",
        f"95 % intervals over {len(result.image)} images; those of {clear} classes leave out 0",
    )
    show_figure(intervals_figure(result.iou, classes, heading), "figure.compare.classes")
    pair = first[0].path == second[0].path
    st.dataframe(_class_rows(result, classes, first, second, pair), hide_index=True, width="stretch")
    st.markdown("**Kinds of errors**")
    st.dataframe(_kind_rows(first, second, names), hide_index=True, width="stretch")
    st.markdown("**Images**")
    _show_images(result, first, second, pair)
    st.caption(
        "Paired percentile bootstrap: each of 1000 resamples draws as many images with replacement, the same for "
        "both, and the sum of their confusion matrices is scored. It says how much the choice of images matters, and "
        "nothing of another training. " + ("" if pair else _SPLIT)
    )


_SPLIT = "Fixed, broken and wrong in both need one index of both networks: gald index CHECKPOINT --against CHECKPOINT."


def _compared(index: IndexFolder, stage: str, other: str, other_stage: str) -> Comparison:
    return compare((index, stage), (open_index(Path(other)), other_stage))


def _title(index: IndexFolder, stage: str) -> str:
    if stage == index.meta.stages[-1] and index.meta.against:
        return stage
    return index.meta.network if stage == "output" else f"{index.meta.network} at {stage}"


def _show_numbers(result: Comparison, names: tuple[str, str]) -> None:
    miou, _ = result.scores
    difference = result.miou
    right = result.right.sum(axis=1) / max(int(result.pixels.sum()), 1)
    interval = f"{100 * float(difference.low):+.2f} to {100 * float(difference.high):+.2f}"
    texts = (
        (f"mIoU {names[0]}", f"{100 * miou[0]:.2f} %", f"Pixel accuracy {100 * right[0]:.2f} %."),
        (f"mIoU {names[1]}", f"{100 * miou[1]:.2f} %", f"Pixel accuracy {100 * right[1]:.2f} %."),
        ("difference", f"{100 * float(difference.difference):+.2f}", "Second minus first, points of mIoU."),
        ("95 % interval", interval, "It leaves out 0." if difference.clear else "0 is inside: it may be chance."),
    )
    for column, (name, value, tip) in zip(st.columns(len(texts)), texts, strict=True):
        column.metric(name, value, help=tip)


def _class_rows(result: Comparison, names: list[str], first: Side, second: Side, pair: bool) -> list[dict[str, Any]]:
    _, iou = result.scores
    labelled = result.first.sum(axis=(0, 2))
    moves: dict[str, dict[str, int]] = {}
    if pair:
        table = indexes.asked(class_table, first[0], Selection(first[1], second[1]))
        for k, name in enumerate(table.names):
            wrong = table.pixels[k] - round(float(np.nan_to_num(table.recall[1, k])) * int(table.pixels[k]))
            fixed, broken = int(table.fixed[k]), int(table.broken[k])
            moves[name] = {"fixed px": fixed, "broken px": broken, "wrong in both px": int(wrong) - broken}
    return [
        {
            "class": name,
            "labelled px": int(labelled[k]),
            "IoU first %": _percent(iou[0, k]),
            "IoU second %": _percent(iou[1, k]),
            "difference": _percent(result.iou.difference[k]),
            "low": _percent(result.iou.low[k]),
            "high": _percent(result.iou.high[k]),
            **moves.get(name, {}),
        }
        for k, name in enumerate(names)
        if not np.isnan(iou[:, k]).all()
    ]


def _kind_rows(first: Side, second: Side, names: tuple[str, str]) -> list[dict[str, Any]]:
    found = [Decomposition(indexes.asked(error_counts, index, stage)) for index, stage in (first, second)]
    rows: list[dict[str, Any]] = []
    for row, kind in enumerate(ERRORS):
        entry: dict[str, Any] = {"kind": kind}
        for name, result in zip(names, found, strict=True):
            entry |= {f"{name}: % of px": _percent(result.share[row])}
            entry |= {f"{name}: mIoU % if mended": _percent(result.mended[row])}
        rows.append(entry)
    return rows


def _show_images(result: Comparison, first: Side, second: Side, pair: bool) -> None:
    """The images that change most, up and down."""
    index, meta = first[0], first[0].meta
    other = next(name for name in meta.stages if name != first[1])
    selection = Selection(first[1], second[1]) if pair else Selection(first[1], other)
    ranked = indexes.asked(rank_images, index, selection, "most gained", _ALL)
    number = dict(zip(ranked.image, ranked.number, strict=True))
    moves = {image: (int(ranked.fixed[row]), int(ranked.broken[row])) for row, image in enumerate(ranked.image)}
    gain = result.right[1] - result.right[0]
    order = np.argsort(-gain if st.toggle("Best first", True, key=f"{KEY}.best") else gain, kind="stable")[:_SHOWN]
    rows = []
    for row in order:
        image, pixels = result.image[row], int(result.pixels[row])
        entry: dict[str, Any] = {
            "image": indexes.thumbnail(meta.data, meta.root, meta.split, int(number[image])),
            "id": image,
            "gain px": int(gain[row]),
            "right first %": _percent(result.right[0, row] / pixels),
            "right second %": _percent(result.right[1, row] / pixels),
        }
        if pair:
            fixed, broken = moves[image]
            wrong = pixels - int(result.right[1, row]) - broken
            entry |= {"fixed px": fixed, "broken px": broken, "wrong in both px": wrong}
        rows.append(entry)

    def opened(row: int) -> None:
        st.session_state[_OPEN] = (index, int(number[result.image[order[row]]]))

    clickable_table("compare.images", rows, opened)


def _percent(rate: Any) -> float | None:
    return None if np.isnan(rate) else round(100 * float(rate), 2)
