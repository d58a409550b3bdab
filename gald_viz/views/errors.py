"""Error maps: where the prediction is wrong, and what a second network changes.

Li et al., IEEE TIP 2021 (GALD), Fig. 2 and 10. The confusion matrix links to the image: state["cell"] = (label,
prediction) marks the regions that this cell counts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.confused import largest_confusion
from gald_viz.analysis.error import (
    Difference,
    ErrorMap,
    ImageScores,
    confusion,
    difference,
    error_map,
    image_scores,
)
from gald_viz.figures.confusion import Confusion, confusion_figure
from gald_viz.figures.error import ErrorScene, difference_figure, error_figure, scores_figure
from gald_viz.figures.sheet import Heading
from gald_viz.types import Capture, Control, Look, Number, View, ViewResult
from gald_viz.views._common import BAND, OPACITY, network_name, subtitle
from gald_viz.views._confused import chosen_cell, marked

CELL = "cell"


def missing(_capture: Capture) -> str | None:
    """Nothing: every network predicts."""
    return None


def controls(_capture: Capture) -> tuple[Control, ...]:
    """Opacity of the class colours, and the band."""
    return OPACITY, BAND


def render(look: Look) -> ViewResult:
    """Errors of one network, or the difference of two."""
    capture, label = look.capture, _known(look.label)
    scene = ErrorScene(capture.image, label, capture.class_names, capture.class_colors, look.state["opacity"])
    errors = error_map(capture.prediction, label, capture.ignore_id, int(look.state["band"]))
    scores = [(network_name(capture), _scores(capture, label))]
    numbers = _numbers(errors, scores[0][1])
    if look.other is None:
        heading = Heading(f"Errors of {network_name(capture)}", subtitle([*numbers[:2], *numbers[6:8]]))
        main = error_figure(scene, capture.prediction, errors, heading)
    else:
        titles = (network_name(capture), network_name(look.other))
        scores.append((titles[1], _scores(look.other, label)))
        predictions = (capture.prediction, look.other.prediction)
        change = difference(*predictions, label, capture.ignore_id)
        extra = _difference_numbers(change)
        main = difference_figure(
            scene, predictions, change, titles, Heading(f"{titles[1]} against {titles[0]}", subtitle(extra))
        )
        numbers += extra
    rates = scores_figure(
        scores, capture.class_names, Heading("Rates of this image", f"{scores[0][0]}: {subtitle(numbers[1:6])}")
    )
    note = "Numbers of this image alone, ignored pixels left out; a data set's mIoU is no mean of them."
    linked = confused(look)
    return ViewResult((main, rates, *linked.figures), numbers, note, _rows(scores, capture.class_names))


def confused(look: Look) -> ViewResult:
    """The confusion matrix, and the regions of the chosen cell; of the mistake of most pixels before one is chosen.

    Raises:
        ValueError: if the cell is none of the matrix.
    """
    label, counts = _known(look.label), counts_of(look)
    matrices = [Confusion(network_name(look.capture), counts)]
    if look.other is not None:
        matrices.append(Confusion(network_name(look.other), _counts(look.other, label)))
    cell = chosen_cell(look, CELL) or largest_confusion(counts)
    right = int(np.trace(counts)) / max(int(counts.sum()), 1)
    total = Number("right", right, "%", "Share of the labelled pixels on the diagonal.")
    names = look.capture.class_names
    words = f"{total.text} of {int(counts.sum()):,} labelled px lie on the diagonal; by row, of this image"
    figure = confusion_figure(matrices, names, cell, Heading("Which class is taken for which", words))
    if cell is None:
        return ViewResult((figure,), (total,), "No labelled pixel is wrong, so there is no region to mark.")
    regions = marked(look.capture, label, [cell], f"Labelled {names[cell[0]]}, predicted {names[cell[1]]}")
    which = "" if look.state.get(CELL) is not None else "The mistake of most pixels is marked until a cell is chosen. "
    return ViewResult((figure, *regions.figures), (total, *regions.numbers), which + regions.note)


def counts_of(look: Look) -> NDArray[np.int64]:
    """(K, K) confusion counts of this image, rows are labels."""
    return _counts(look.capture, _known(look.label))


def _counts(capture: Capture, label: NDArray[np.int64]) -> NDArray[np.int64]:
    return confusion(capture.prediction, label, len(capture.class_names), capture.ignore_id)


def _known(label: NDArray[np.int64] | None) -> NDArray[np.int64]:
    if label is None:
        raise ValueError("errors are counted against a label, and there is none.")
    return label


def _scores(capture: Capture, label: NDArray[np.int64]) -> ImageScores:
    return image_scores(capture.prediction, label, len(capture.class_names), capture.ignore_id)


def _numbers(errors: ErrorMap, scores: ImageScores) -> tuple[Number, ...]:
    band = errors.band_width
    boundary = tuple(
        Number(f"boundary F {key} px", value, "", "Mean over the classes present; px at 1024x2048.")
        for key, value in scores.boundary.mean_present.items()
    )
    return (
        Number(
            "pixel accuracy",
            scores.scores.pixel_accuracy,
            "%",
            "Share of the labelled pixels that are right.",
        ),
        Number("mIoU", scores.scores.miou, "%", "Mean over the classes in the label or the prediction."),
        *boundary,
        Number("wrong in the band", errors.band_rate, "%", f"Of the pixels within {band} px of a boundary."),
        Number("wrong in the interior", errors.interior_rate, "%", f"Of the pixels beyond {band} px."),
        Number("errors in the band", errors.errors_in_band, "%", "Share of all errors that lie in the band."),
    )


def _difference_numbers(change: Difference) -> tuple[Number, ...]:
    total = max(int(change.known.sum()), 1)
    return (
        Number("fixed", change.fixed.sum() / total, "%", "Wrong in the first, right in the second."),
        Number("broken", change.broken.sum() / total, "%", "Right in the first, wrong in the second."),
        Number("wrong in both", change.both_wrong.sum() / total, "%", "Of the labelled pixels."),
    )


def _rows(scores: list[tuple[str, ImageScores]], names: tuple[str, ...]) -> tuple[dict[str, str | float], ...]:
    """One row a class that the label or a prediction has."""
    rows = []
    for k, name in enumerate(names):
        iou = {f"IoU % {who}": round(100 * float(entry.scores.iou[k]), 1) for who, entry in scores}
        if not np.isnan(list(iou.values())).all():
            rows.append({"class": name, "labelled px": int(scores[0][1].scores.confusion[k].sum()), **iou})
    return tuple(rows)


VIEW = View(
    name="errors",
    title="Error maps",
    short="Errors",
    question="Where is the prediction wrong, and are the errors at the boundaries?",
    order=3,
    stages=(),
    missing=missing,
    controls=controls,
    render=render,
    needs_label=True,
    compares=True,
)
