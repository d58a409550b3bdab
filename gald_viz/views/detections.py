"""Detections: the objects that one detector found, or two side by side, right, wrong and missed.

Li et al., BMVC 2019 (GALD), Fig. 6.
"""

from __future__ import annotations

import numpy as np

from gald_viz.analysis.detection import Matches, match_objects, sure_ones
from gald_viz.figures.detection import DetectionScene, detection_figure, found_panel, label_panel
from gald_viz.figures.sheet import Heading
from gald_viz.types import Capture, Control, Look, Number, Objects, View, ViewResult
from gald_viz.views._common import OPACITY, network_name, subtitle

_IOU = 0.5


def missing(_capture: Capture) -> str | None:
    """Nothing: every detector answers with objects."""
    return None


def controls(capture: Capture) -> tuple[Control, ...]:
    """Least score, names, and with masks their opacity."""
    shown = (
        Control(
            "score",
            "Least score",
            "slider",
            0.5,
            minimum=0.05,
            maximum=0.95,
            step=0.05,
            help="Objects that the detector is less sure of are neither drawn nor counted.",
        ),
        Control("names", "Names and scores", "toggle", True),
    )
    has_masks = capture.objects is not None and capture.objects.masks is not None
    return (*shown, OPACITY) if has_masks else shown


def render(look: Look) -> ViewResult:
    """A panel a detector, and the labelled objects where there are some."""
    captures = [look.capture] if look.other is None else [look.capture, look.other]
    labelled: Objects | None = look.state.get("objects")
    names = look.capture.class_names
    scene = DetectionScene(
        look.capture.image, names, look.capture.class_colors, look.state.get("opacity", 0.0), look.state["names"]
    )
    panels, numbers, rows, summary = [], [], [], []
    for capture in captures:
        who, found = network_name(capture), sure_ones(_objects(capture), look.state["score"])
        match = None if labelled is None else match_objects(found, labelled, _IOU)
        panels.append(found_panel(who, found, labelled, match))
        own = _numbers(found, match)
        numbers += own if len(captures) == 1 else [_of(number, who) for number in own]
        # Beside a second detector there is room for the last two alone; the panels have the others.
        summary.append(f"{who}: {subtitle(own[-2:])}" if len(captures) > 1 else subtitle(own))
        rows += [{"detector": who, **row} for row in _rows(found, labelled, match, names)]
    if labelled is not None:
        panels.append(label_panel(labelled))
    title = " and ".join(network_name(capture) for capture in captures)
    figure = detection_figure(scene, panels, Heading(f"Detections: {title}", "; ".join(summary)))
    return ViewResult((figure,), tuple(numbers), _note(labelled, look.state["score"]), tuple(rows))


def _objects(capture: Capture) -> Objects:
    if capture.objects is None:
        raise ValueError(f"{network_name(capture)} finds no objects; give the capture of a detector.")
    return capture.objects


def _numbers(found: Objects, match: Matches | None) -> list[Number]:
    if match is None:
        return [Number("found", len(found), "", "Objects with at least the least score.")]
    missed = int(match.missed.sum())
    return [
        Number("right", match.right, "", f"Of the label's class, on it with IoU {_IOU} or more, the surest one."),
        Number("wrong", match.wrong, "", "Every other found object, also a second one on the same label."),
        Number("missed", missed, "", f"Labelled objects that nothing found with IoU {_IOU}."),
        Number("precision", match.precision, "%", "Right of the found ones."),
        Number("recall", match.recall, "%", "Right of the labelled ones."),
    ]


def _of(number: Number, who: str) -> Number:
    return Number(f"{number.name}, {who}", number.value, number.unit, number.explanation)


def _rows(
    found: Objects, labelled: Objects | None, match: Matches | None, names: tuple[str, ...]
) -> list[dict[str, str | int]]:
    """One row a class that was found or is labelled."""
    if labelled is None or match is None:
        return [{"class": names[k], "found": int((found.labels == k).sum())} for k in np.unique(found.labels)]
    counts = ~labelled.ignored if labelled.ignored is not None else np.ones(len(labelled), dtype=bool)
    return [
        {
            "class": names[k],
            "labelled": int((counts & (labelled.labels == k)).sum()),
            "right": int(((found.labels == k) & (match.verdict == 1)).sum()),
            "wrong": int(((found.labels == k) & (match.verdict == 0)).sum()),
            "missed": int((match.missed & (labelled.labels == k)).sum()),
        }
        for k in np.union1d(found.labels, labelled.labels)
    ]


def _note(labelled: Objects | None, score: float) -> str:
    if labelled is None:
        return f"Objects with a score of at least {score:.2f}. The image has no labelled objects to compare with."
    return (
        f"Objects with a score of at least {score:.2f}, compared at IoU {_IOU} of the boxes. "
        "Numbers of this image alone; a data set's AP is counted by gald evaluate."
    )


VIEW = View(
    name="detections",
    title="Detections",
    short="Detections",
    question="Which objects did the detector find, which did it make up, and which did it miss?",
    order=7,
    stages=(),
    missing=missing,
    controls=controls,
    render=render,
    compares=True,
    answers=("objects",),
)
