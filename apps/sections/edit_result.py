"""Main area of the Edit page: the answer before and after, and every number beside that of random edits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from apps import store
from apps.components.colours import palette_of
from apps.replays import Done
from apps.sections.view_body import show_figure, show_numbers
from gald_viz.analysis.intervention import Change, Intervention
from gald_viz.figures.intervention import Scene, answer_figure, baseline_figure
from gald_viz.figures.sheet import Heading
from gald_viz.types import Number


def show_edit(done: Done, network: store.Network, picture: store.Picture, title: str) -> None:
    """Sentence, pictures, numbers and table."""
    result, classes = done.result, network.model.classes
    st.markdown(verdict(done))
    numbers = edit_numbers(done)
    words = " · ".join(f"{number.name} {number.text}" for number in numbers[:3])
    pictures, beside = st.columns([0.84, 0.16], gap="small")
    with pictures:
        scene = Scene(picture.image, classes.names, palette_of(classes))
        show_figure(answer_figure(scene, result, Heading(title, words)), "figure.edits.answer", 0.84)
        if done.touched:
            heading = Heading("The edit beside random edits of equal size", words)
            show_figure(
                baseline_figure(result, classes.names, palette_of(classes), heading), "figure.edits.baseline", 0.84
            )
    with beside:
        show_numbers(numbers)
    st.dataframe(edit_rows(result, classes.names), hide_index=True, width="stretch")


def verdict(done: Done) -> str:
    """What the edit did, in one sentence."""
    result = done.result
    if not done.touched:
        return "This edit changes nothing: **0 pixels** differ, and the answer is the same bit for bit."
    if not result.edit.share and not result.edit.confidence:
        return (
            "The stage holds something else, and the answer is the same bit for bit: **nothing leads from here to it**."
        )
    count = len(result.random)
    return (
        f"The edit changes **{100 * result.edit.share:.2f} %** of the pixels, a random edit of equal size "
        f"{100 * result.random_share:.2f} %; {result.as_much} of {count} random ones change at least as many."
    )


def edit_numbers(done: Done) -> tuple[Number, ...]:
    """The numbers that back the picture."""
    result = done.result
    total = result.changed.size
    counts = [round(change.share * total) for change in result.random]
    random = round(float(np.mean(counts))) if counts else float("nan")
    spread = f"From {min(counts):,} to {max(counts):,} px over {len(counts)} seeds." if counts else ""
    numbers = (
        Number("changed pixels", int(result.changed.sum()), "px", "Pixels whose class is another after the edit."),
        Number("by random edits", random, "px", f"Mean of random edits of equal size. {spread}"),
        Number("random ≥ edit", result.as_much, "", f"Of {len(counts)} random edits, those that change as much."),
        Number("confidence", result.edit.confidence, "%", "Mean absolute change of the confidence."),
        Number("size of the edit", done.size, "%", "Norm of the change over the norm of what the stage holds."),
        Number("edited cells", done.cells, "%", "Cells of the stage in which a number differs."),
    )
    if np.isnan(result.before.miou):
        return numbers
    return (
        *numbers,
        Number("mIoU before", result.before.miou, "%", "Of this image, over the classes in it or predicted."),
        Number("mIoU after", result.edit.miou, "%", "The same with the edit."),
    )


def edit_rows(result: Intervention, names: tuple[str, ...]) -> list[dict[str, str | float]]:
    """One row a class that is there before or after: every number beside its random baseline."""
    everything = (result.before, result.edit, *result.random)
    rows = [_row("all", result, lambda change: change.miou, lambda change: int(change.pixels.sum()))]
    for k, name in enumerate(names):
        if any(change.pixels[k] or change.iou[k] >= 0 for change in everything):
            rows.append(
                _row(name, result, lambda change, k=k: change.iou[k], lambda change, k=k: int(change.pixels[k]))
            )
    return rows


def _row(
    name: str, result: Intervention, iou: Callable[[Change], float], pixels: Callable[[Change], int]
) -> dict[str, str | float]:
    row: dict[str, str | float] = {
        "class": name,
        "px before": pixels(result.before),
        "px after": pixels(result.edit),
    }
    if result.random:
        row["px random"] = round(float(np.mean([pixels(change) for change in result.random])), 1)
    if np.isnan(result.before.miou):
        return row
    row |= {"IoU % before": round(100 * iou(result.before), 2), "IoU % after": round(100 * iou(result.edit), 2)}
    if result.random:
        row["IoU % random"] = round(100 * float(np.mean([iou(change) for change in result.random])), 2)
    return row
