"""Answers of the stages of one network, for the figures of both GALD papers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.path import STAGES, StepBoxes, stage_paths, stage_prediction, step_boxes
from gald_viz.paper.comparison import MENDS, chosen
from gald_viz.paper.figure import Facts, Made, PaperFigure, Role
from gald_viz.paper.pictures import Mark, Panel, PictureTable, draw_table, table_height
from gald_viz.paper.studio import Studio

_LOGITS = ("fcn.logits", "ga.logits", "gald.logits")
_COLORS = (MENDS, "#ff2a2a")
_BOXES = 2

Answers = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def stages_figure(name: str, paper: str, number: str, percentiles: tuple[float, ...], checkpoint: str) -> PaperFigure:
    """Image, FCN, GA, GALD, label, on images at percentiles of the share that GALD mends over FCN.

    Args:
        name: of the figure.
        paper: whose figure it is.
        number: in that paper.
        percentiles: 0..100, one an image.
        checkpoint: drawn where no other is given.
    """

    def compute(studio: Studio) -> Made:
        return _stages(studio, percentiles)

    roles = (Role("GALD", checkpoint, _LOGITS),)
    title = "Answers of the stages of one network"
    return PaperFigure(name, paper, number, title, compute, draw_table, table_height, roles)


def _stages(studio: Studio, percentiles: tuple[float, ...]) -> Made:
    answers = {index: _answers(studio, index) for index in studio.candidates}
    ignore = studio.classes.ignore_id
    paths = {index: stage_paths(answers[index], studio.label(index), ignore) for index in studio.candidates}
    gains = [float(paths[index].accuracy[2] - paths[index].accuracy[0]) for index in studio.candidates]
    choice = chosen(studio, gains, percentiles, "the gain in right pixels of GALD over FCN")
    shown = [studio.candidates[place] for place in choice.indices]
    studio.show(shown)
    rows = []
    for index in shown:
        image, label, right = studio.sample(index).image, studio.label(index), paths[index].accuracy
        steps = [step_boxes(paths[index], step, _BOXES) for step in (0, 1)]
        marks = [_marks(found, step) for step, found in enumerate(steps)]
        own = (marks[0], (*marks[0], *marks[1]), marks[1])
        panels = [
            Panel(image, answer, marks=boxes, note=f"{100 * share:.2f} % right")
            for answer, boxes, share in zip(answers[index], own, right, strict=True)
        ]
        rows.append((Panel(image), *panels, Panel(image, label)))
    table = PictureTable(("image", *STAGES, "label"), tuple(rows), studio.classes.names, studio.classes.palette())
    total = np.sum([paths[index].counts for index in studio.candidates], axis=0)
    mean = [float(np.mean([paths[index].accuracy[step] for index in studio.candidates])) for step in range(3)]
    told = ", ".join(f"{name} {100 * share:.2f} %" for name, share in zip(STAGES, mean, strict=True))
    says = (
        "Classifiers on the features of three stages. Yellow boxes: the largest regions where GA mends FCN, red ones: "
        f"where GALD mends GA; dotted ones: where it breaks them. Mean of right pixels over the {len(gains)} images "
        f"looked at: {told}."
    )
    trunk = _trunk(studio, shown[0])
    differs = (
        f"the trunk was {trunk} while the classifiers of FCN and GA were trained; MobileNetV2, generated scenes or "
        "CamVid."
    )
    numbers = dict(zip((f"right pixels of {name}" for name in STAGES), mean, strict=True))
    numbers["labelled pixels looked at"] = float(total.sum())
    return Made(table, Facts(says, differs, choice.rule, "largest of the resized logits", numbers=numbers))


def _answers(studio: Studio, index: int) -> Answers:
    capture = studio.capture("GALD", index, _LOGITS)
    height, width = capture.image.shape[:2]
    fcn, ga, gald = (stage_prediction(capture.stages[name], (height, width)) for name in _LOGITS)
    return fcn, ga, gald


def _marks(found: StepBoxes, step: int) -> tuple[Mark, ...]:
    before, after = STAGES[step], STAGES[step + 1]
    mended = [Mark(box, _COLORS[step], f"{after} mends {before}") for box in found.mended]
    broken = [Mark(box, _COLORS[step], f"{after} breaks {before}", dashed=True) for box in found.broken]
    return (*mended, *broken)


def _trunk(studio: Studio, index: int) -> str:
    told = studio.capture("GALD", index, ()).provenance["stage_trunk"]
    return str(told or "trained with them")
