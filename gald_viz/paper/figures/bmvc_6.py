"""Objects that Mask R-CNN finds without and with GALD."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.detection import Matches, chosen_objects, match_objects, sure_ones
from gald_viz.paper.axes import inches, wrapped
from gald_viz.paper.comparison import chosen
from gald_viz.paper.detections import MISSED, Found, draw_objects
from gald_viz.paper.figure import Facts, Made, PaperFigure, Place, Role
from gald_viz.paper.legends import class_patches, columns_for, line
from gald_viz.paper.studio import Studio
from gald_viz.paper.style import SMALL
from gald_viz.types import Objects

_SCORE, _IOU = 0.5, 0.5
_ROLES = (
    Role("Mask R-CNN", "scenes-mask-rcnn", detector=True),
    Role("Mask R-CNN + GALD", "scenes-mask-rcnn-gald", detector=True),
)


@dataclass(frozen=True, slots=True)
class Detections:
    """Rows of images, each with a panel a detector and one of the labels.

    Attributes:
        images: (H, W, 3) each.
        rows: of each image, what each detector found, then the labels.
        titles: of the panels.
        names: K class names.
        colors: (K, 3).
    """

    images: tuple[NDArray[np.uint8], ...]
    rows: tuple[tuple[Found, ...], ...]
    titles: tuple[str, ...]
    names: tuple[str, ...]
    colors: NDArray[np.uint8]


def compute(studio: Studio) -> Made:
    """The images at percentiles of what GALD finds more."""
    found = {index: _looked(studio, index) for index in studio.candidates}
    gains = [float(matches[1].right - matches[0].right) for _, matches, _ in found.values()]
    choice = chosen(studio, gains, (100, 50, 0), "the objects that GALD finds more")
    shown = [studio.candidates[place] for place in choice.indices]
    studio.show(shown)
    rows = tuple(_row(*found[index]) for index in shown)
    images = tuple(studio.sample(index).image for index in shown)
    capture = studio.capture(_ROLES[0].name, shown[0], ())
    titles = (*(role.name for role in _ROLES), "label")
    data = Detections(images, rows, titles, capture.class_names, capture.class_colors)
    return Made(data, _facts([matches for _, matches, _ in found.values()], choice.rule))


def draw(data: Detections, place: Place) -> None:
    """Boxes and masks over the images."""
    axes = place.subplots(len(data.rows), len(data.titles), squeeze=False)
    cell = inches(place)[0] / len(data.titles)
    for row, image, line_of_axes in zip(data.rows, data.images, axes, strict=True):
        for found, axis in zip(row, line_of_axes, strict=True):
            draw_objects(image, found, data.colors, axis)
            axis.set_xlabel(wrapped(found.note, cell, SMALL), fontsize=SMALL, labelpad=2)
    for axis, title in zip(axes[0], data.titles, strict=True):
        axis.set_title(wrapped(title, cell))
    present = {int(k) for row in data.rows for found in row for k in np.unique(found.objects.labels)}
    entries = [
        *class_patches(present, data.names, data.colors),
        *line("black", "wrong", "--"),
        *line(MISSED, "missed", ":"),
    ]
    place.legend(handles=entries, loc="outside lower center", ncols=columns_for(entries, inches(place)[0]))


def height(data: Detections, width: float) -> float:
    """Of all rows with their notes, and the legend."""
    shape = data.images[0].shape
    cell = width / len(data.titles)
    lines = max(wrapped(found.note, cell, SMALL).count("\n") + 1 for row in data.rows for found in row)
    return len(data.rows) * (cell * shape[0] / shape[1] + 0.03 + 0.1 * lines) + 0.55


def _looked(studio: Studio, index: int) -> tuple[list[Objects], list[Matches], Objects]:
    sample = studio.objects(index)
    scores = np.ones(len(sample.labels))
    labelled = Objects(sample.boxes, sample.labels, scores, sample.masks, sample.ignored)
    found = [sure_ones(_objects(studio, role.name, index), _SCORE) for role in _ROLES]
    return found, [match_objects(each, labelled, _IOU) for each in found], labelled


def _objects(studio: Studio, role: str, index: int) -> Objects:
    objects = studio.capture(role, index, ()).objects
    if objects is None:
        raise ValueError(f"{role} finds no objects; give the checkpoint of a detector.")
    return objects


def _row(found: list[Objects], matches: list[Matches], labelled: Objects) -> tuple[Found, ...]:
    panels = []
    for objects, match in zip(found, matches, strict=True):
        note = f"{match.right} right, {match.wrong} wrong, {int(match.missed.sum())} missed"
        panels.append(Found(objects, match.verdict, chosen_objects(labelled, match.missed), note))
    ignored = 0 if labelled.ignored is None else int(labelled.ignored.sum())
    none = chosen_objects(labelled, np.zeros(len(labelled), dtype=bool))
    note = f"{len(labelled) - ignored} objects that count"
    return (*panels, Found(labelled, np.ones(len(labelled), dtype=np.int64), none, note))


def _facts(matches: list[list[Matches]], rule: str) -> Facts:
    numbers: dict[str, float] = {}
    for place, role in enumerate(_ROLES):
        right, wrong, total = (
            sum(getattr(each[place], name) for each in matches) for name in ("right", "wrong", "labelled")
        )
        numbers[f"precision of {role.name}"] = right / (right + wrong) if right + wrong else float("nan")
        numbers[f"recall of {role.name}"] = right / total if total else float("nan")
    told = ", ".join(f"{name} {100 * value:.1f} %" for name, value in numbers.items())
    says = (
        f"Objects with a score of at least {_SCORE}; right at an IoU of boxes of {_IOU}. Dashed: wrong, dotted: "
        "missed. "
        f"Over the {len(matches)} images looked at: {told}."
    )
    differs = "one short training each, MobileNetV2, generated scenes instead of COCO; the difference is no claim."
    return Facts(says, differs, rule, numbers=numbers)


FIGURES = (
    PaperFigure(
        "bmvc-6", "GALD BMVC", "Fig. 6", "Objects found without and with GALD", compute, draw, height, roles=_ROLES
    ),
)
