"""Pictures of errors: where they are, how many per class, what a second network changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gald_viz.analysis.error import Difference, ErrorMap, ImageScores
from gald_viz.figures import overlay, theme
from gald_viz.figures.page import Cell
from gald_viz.figures.palette import class_entries, css, ids_in
from gald_viz.figures.panels import hover_labels, image_panels
from gald_viz.figures.sheet import Heading, Sheet

WRONG = (206, 36, 54)
FIXED = (34, 139, 84)
BROKEN = (206, 36, 54)
BOTH_WRONG = (120, 125, 138)
_BAND = (247, 205, 110)
_UNLABELLED = "not labelled"


@dataclass(frozen=True, slots=True)
class ErrorScene:
    """What every error picture is drawn over.

    Attributes:
        image: (H, W, 3).
        label: (H, W) class ids.
        names: K names.
        colors: (K, 3).
        opacity: of the class colours over the image.
    """

    image: NDArray[np.uint8]
    label: NDArray[np.integer]
    names: Sequence[str]
    colors: NDArray[np.uint8]
    opacity: float


def error_figure(
    scene: ErrorScene, prediction: NDArray[np.integer], errors: ErrorMap, heading: Heading, cell: Cell | None = None
) -> go.Figure:
    """Prediction (H, W), errors in the papers' look, label, and the plain mask with the boundary band."""
    titles = (
        "prediction",
        "errors: predicted class over the image, white where right",
        "label",
        f"errors as a mask, band of {errors.band_width} px round the label's boundaries",
    )
    sheet = image_panels(titles, scene.image.shape[:2], 2, heading)
    _add_overlay(sheet, 0, scene, prediction)
    _add_errors(sheet, 1, scene, prediction, errors.wrong)
    _add_overlay(sheet, 2, scene, scene.label)
    sheet.add(overlay.picture(_mask_look(scene.image, errors), exact=True), 3)
    sheet.add(hover_labels(prediction, scene.names), 3)
    sheet.swatches(class_entries(scene.names, scene.colors, ids_in(prediction, scene.label)))
    sheet.swatches([("wrong", css(WRONG)), ("boundary band", css(_BAND)), (_UNLABELLED, css(overlay.UNLABELLED))])
    return sheet.figure(cell=cell)


def difference_figure(
    scene: ErrorScene,
    predictions: tuple[NDArray[np.integer], NDArray[np.integer]],
    result: Difference,
    titles: tuple[str, str],
    heading: Heading,
    cell: Cell | None = None,
) -> go.Figure:
    """The errors of two networks, and what the second one fixes and breaks.

    Args:
        scene: image and label.
        predictions: class ids (H, W) of both.
        result: what the second fixes and breaks.
        titles: what the two are called.
        heading: title and subtitle.
        cell: of a page to draw into; a figure of its own without.
    """
    first, second = titles
    panels = (f"errors of {first}", f"errors of {second}", "label", f"{second} against {first}")
    sheet = image_panels(panels, scene.image.shape[:2], 2, heading)
    _add_errors(sheet, 0, scene, predictions[0], result.both_wrong | result.fixed)
    _add_errors(sheet, 1, scene, predictions[1], result.both_wrong | result.broken)
    _add_overlay(sheet, 2, scene, scene.label)
    sheet.add(overlay.picture(_difference_look(scene.image, result), exact=True), 3)
    sheet.add(hover_labels(scene.label, scene.names, _UNLABELLED), 3)
    sheet.swatches(class_entries(scene.names, scene.colors, ids_in(*predictions, scene.label)))
    sheet.swatches([("fixed", css(FIXED)), ("broken", css(BROKEN)), ("wrong in both", css(BOTH_WRONG))])
    return sheet.figure(cell=cell)


def scores_figure(
    scores: Sequence[tuple[str, ImageScores]], names: Sequence[str], heading: Heading, cell: Cell | None = None
) -> go.Figure:
    """IoU of every class and boundary F at the four tolerances; one bar a network.

    Args:
        scores: (name of the network, its scores), one or two.
        names: K class names.
        heading: title and subtitle.
        cell: of a page to draw into; a figure of its own without.
    """
    sheet = Sheet(heading, theme.TOP + theme.BOTTOM + 250)
    rate = {"range": [0, 1.08], "tickvals": [0, 0.25, 0.5, 0.75, 1]}
    tolerance = {"title": theme.axis_title("tolerance at 1024x2048, scaled to this image")}
    sheet.chart((0, 0.52), "IoU of the classes in this image", {}, {**rate, "title": theme.axis_title("IoU")})
    sheet.chart((0.63, 1), "boundary F, classes present", tolerance, {**rate, "title": theme.axis_title("F")})
    table = np.stack([entry.scores.iou for _, entry in scores])
    known = np.flatnonzero(~np.isnan(table).all(axis=0))
    order = known[np.argsort(-np.nan_to_num(table[0, known]), kind="stable")]
    for (name, entry), color in zip(scores, (theme.ACCENT, theme.SECOND), strict=False):
        f = entry.boundary.mean_present
        # Two bars a class are too narrow for their numbers; the pointer reads them.
        iou = _bars([names[k] for k in order], entry.scores.iou[order], color, written=len(scores) == 1)
        sheet.add(iou | {"name": name, "showlegend": len(scores) > 1}, 0)
        sheet.add(_bars([f"{px} px" for px in f], np.array(list(f.values())), color, written=True), 1)
    sheet.layout["bargap"] = 0.25
    return sheet.figure(cell=cell)


def _bars(x: list[str], rate: NDArray[np.float64], color: str, written: bool) -> dict[str, object]:
    return {
        "type": "bar",
        "x": x,
        "y": rate,
        "text": ["" if np.isnan(v) or not written else f"{v:.2f}" for v in rate],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": color},
        "showlegend": False,
        "hovertemplate": "%{x}: %{y:.3f}<extra></extra>",
    }


def _add_overlay(sheet: Sheet, panel: int, scene: ErrorScene, ids: NDArray[np.integer]) -> None:
    look = overlay.blend(scene.image, overlay.colorize(ids, scene.colors), scene.opacity)
    sheet.add(overlay.picture(look), panel)
    sheet.add(hover_labels(ids, scene.names, _UNLABELLED), panel)


def _add_errors(
    sheet: Sheet, panel: int, scene: ErrorScene, ids: NDArray[np.integer], wrong: NDArray[np.bool_]
) -> None:
    # A wrong pixel is labelled, so what has no class in the label is what was not evaluated.
    known = (scene.label >= 0) & (scene.label < len(scene.names))
    look = overlay.error_look(scene.image, overlay.colorize(ids, scene.colors), wrong, known)
    sheet.add(overlay.picture(look, exact=True), panel)
    sheet.add(hover_labels(ids, scene.names), panel)


def _mask_look(image: NDArray[np.uint8], errors: ErrorMap) -> NDArray[np.uint8]:
    look = overlay.grey(image, contrast=0.5)
    look[errors.band] = overlay.blend(look[errors.band], np.array(_BAND, np.uint8), 0.55)
    look[~errors.known] = overlay.UNLABELLED
    look[errors.wrong] = WRONG
    return look


def _difference_look(image: NDArray[np.uint8], result: Difference) -> NDArray[np.uint8]:
    look = overlay.grey(image, contrast=0.4)
    look[~result.known] = overlay.UNLABELLED
    for chosen, color in ((result.fixed, FIXED), (result.broken, BROKEN), (result.both_wrong, BOTH_WRONG)):
        look[chosen] = color
    return look
