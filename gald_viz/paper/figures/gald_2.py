"""What local distribution does to errors at the boundaries of objects, close up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gald_viz.analysis.error import ErrorMap, difference, error_map
from gald_viz.analysis.regions import Box
from gald_viz.paper.comparison import chosen
from gald_viz.paper.figure import Facts, Made, PaperFigure, Role
from gald_viz.paper.pictures import Panel, PictureTable, draw_table, table_height
from gald_viz.paper.studio import Studio

_BAND = 5  # pixels on either side of a label's boundary
_PART = 0.4  # of the image's sides, what a panel shows
_ROLES = (Role("GA", "scenes-aspp"), Role("GALD", "scenes-aspp-ldv2"))


def compute(studio: Studio) -> Made:
    """The windows with the most mended pixels near boundaries, of images at percentiles of the gain there."""
    gains = [_gain(studio, index) for index in studio.candidates]
    choice = chosen(studio, gains, (100, 50), f"the gain of GALD over GA within {_BAND} px of boundaries")
    shown = [studio.candidates[place] for place in choice.indices]
    studio.show(shown)
    rows = tuple(_row(studio, index) for index in shown)
    table = PictureTable(
        ("image", "errors of GA", "errors of GALD", "label"), rows, studio.classes.names, studio.classes.palette()
    )
    rates = {role.name: [_errors(studio, role.name, index).band_rate for index in studio.candidates] for role in _ROLES}
    numbers = {f"wrong within {_BAND} px of boundaries, {role}": float(np.mean(v)) for role, v in rates.items()}
    told = ", ".join(f"{role} {100 * np.mean(values):.1f} %" for role, values in rates.items())
    says = (
        "Close up: predicted colours where wrong, white where right. Below: the share of wrong pixels in the window. "
        f"Of the pixels within {_BAND} px of a boundary are wrong, mean over the {len(gains)} images looked at: {told}."
    )
    differs = "the GA head is ASPP instead of PSPNet's pooling; MobileNetV2; generated scenes or CamVid."
    rule = (
        f"{choice.rule}; of each the window of {100 * _PART:.0f} % of the sides with the most pixels mended there, "
        "less those broken"
    )
    return Made(table, Facts(says, differs, rule, numbers=numbers))


def _errors(studio: Studio, role: str, index: int) -> ErrorMap:
    return error_map(studio.answer(role, index), studio.label(index), studio.classes.ignore_id, _BAND)


def _gain(studio: Studio, index: int) -> float:
    return _errors(studio, "GA", index).band_rate - _errors(studio, "GALD", index).band_rate


def _row(studio: Studio, index: int) -> tuple[Panel, ...]:
    image, label = studio.sample(index).image, studio.label(index)
    errors = {role.name: _errors(studio, role.name, index) for role in _ROLES}
    answers = {role.name: studio.answer(role.name, index) for role in _ROLES}
    change = difference(answers["GA"], answers["GALD"], label, studio.classes.ignore_id)
    near = errors["GA"].band
    window = best_window((change.fixed & near).astype(float) - (change.broken & near))
    panels = [Panel(image, crop=window)]
    for role, found in errors.items():
        part = np.s_[window.y0 : window.y1, window.x0 : window.x1]
        share = found.wrong[part].sum() / max(found.known[part].sum(), 1)
        note = f"{100 * share:.1f} % wrong"
        panels.append(Panel(image, answers[role], found.wrong, found.known, note=note, crop=window))
    return (*panels, Panel(image, label, crop=window))


def best_window(score: NDArray[np.floating]) -> Box:
    """The window of _PART of the sides with the largest sum of an (H, W) score; the uppermost, leftmost of equals."""
    height, width = (max(round(_PART * side), 1) for side in score.shape)
    # The mean filter is centred: only windows that lie inside count.
    mean = ndimage.uniform_filter(score, (height, width), mode="constant")
    top, left = height // 2, width // 2
    inside = mean[top : top + score.shape[0] - height + 1, left : left + score.shape[1] - width + 1]
    y, x = np.unravel_index(np.argmax(np.round(inside, 9)), inside.shape)
    return Box(int(x), int(y), int(x) + width, int(y) + height, height * width)


FIGURES = (
    PaperFigure(
        "gald-2",
        "GALD TIP",
        "Fig. 2",
        "Errors at the boundaries of objects without and with local distribution",
        compute,
        draw_table,
        table_height,
        roles=_ROLES,
    ),
)
