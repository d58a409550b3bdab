"""A run folder's steps in one frame: how the features of fixed cells and the class tokens came to be what they are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import plotly.graph_objects as go

from gald_viz.analysis.scrub import PCA, Moment, Scrub, scrub
from gald_viz.analysis.training import Curve, curve
from gald_viz.figures.scrub import Cells, scrub_figure
from gald_viz.figures.sheet import Heading
from gald_viz.types import Number
from models.training.frames import IMAGE, fixed_pictures, frame_steps, read_cells
from models.training.looks import LABELS, PLACES, VECTORS
from models.training.run_folder import RunFolder

NOTE = (
    "The same cells at every step: up to {count} an image, as many of each class where there are enough, each with the "
    "label at its middle; the symbol tells the image. {method} was fitted once, on the features of step {last} "
    "(trustworthiness {trust:.2f}), and the other steps are placed in it: what lies far from everything that the last "
    "step holds has no place of its own there. The numbers are taken in the original space of each step."
)


@dataclass(frozen=True, slots=True)
class RunScrub:
    """The steps of a run.

    Attributes:
        result: in one frame.
        cells: that are followed.
        score: mIoU by validation.
    """

    result: Scrub
    cells: Cells
    score: Curve


def missing(path: Path) -> str:
    """Why a run has nothing to follow, empty where it has."""
    run = RunFolder(path)
    steps = frame_steps(run.frames)
    if not steps:
        return "The cells are kept from the first validation on."
    if "kind" in run.config():
        return "A detector has no class tokens and gives its features no classes: there is nothing to follow here."
    if read_cells(run.frames, steps[-1]) is None:
        return (
            "This run's frames hold no tokens and features: it was trained before they were kept, or its validation "
            "images have no labels. Train it again to follow them."
        )
    return ""


def run_scrub(path: Path, method: str = PCA) -> RunScrub:
    """All steps of a run in the frame of the last.

    Args:
        path: run folder with frames that hold cells.
        method: ``PCA``, at once, or ``UMAP``.

    Raises:
        ValueError: with the reason, if it has none, or too few cells.
    """
    if reason := missing(path):
        raise ValueError(reason)
    run = RunFolder(path)
    found = {step: read_cells(run.frames, step) for step in frame_steps(run.frames)}
    held = {step: one for step, one in found.items() if one is not None}
    moments = [Moment(step, part[VECTORS], tokens) for step, (part, tokens) in held.items()]
    last, _ = held[moments[-1].step]
    classes, _ = fixed_pictures(run.frames)
    cells = Cells(last[LABELS].astype(np.int64), last[IMAGE], last[PLACES], classes.names, classes.palette())
    return RunScrub(scrub(moments, cells.class_id, method), cells, curve(run.metrics(), "val", "miou"))


def numbers_at(held: RunScrub, step: int) -> tuple[Number, ...]:
    """Silhouette, tokens' mean diagonal and mIoU at one of the steps."""
    at = held.result.steps.tolist().index(step)
    scores = dict(zip(held.score.step.tolist(), held.score.value.tolist(), strict=True))
    return (
        Number("silhouette", float(held.result.silhouette[at]), "", "How apart the classes' cells are, -1 to 1."),
        Number("mean diagonal", float(held.result.diagonal[at]), "", "Mean similarity of a class token to itself."),
        Number("mIoU", scores.get(step, float("nan")), "%", "On the validation images, at this step."),
    )


def figure_at(held: RunScrub, step: int) -> go.Figure:
    """Cells, tokens and numbers at one of the steps.

    Raises:
        ValueError: if the step is none of them.
    """
    steps = held.result.steps.tolist()
    if step not in steps:
        raise ValueError(f"step is {step}, must be one of {steps}.")
    words = " · ".join(f"{number.name} {number.text}" for number in numbers_at(held, step))
    heading = Heading(f"Features and class tokens at step {step}", words)
    return scrub_figure(held.result, steps.index(step), held.cells, {"mIoU": held.score}, heading)


def note(held: RunScrub) -> str:
    """What was computed, and what cannot be read from it."""
    most = int(np.bincount(held.cells.image).max())
    frame = held.result.frame
    return NOTE.format(count=most, method=frame.method, last=held.result.steps[-1], trust=frame.trustworthiness)
