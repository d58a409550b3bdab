"""From a cell of a confusion matrix to the places of the image that it counts: what errors and tokens share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.confused import ConfusedRegions, confused_regions
from gald_viz.analysis.error import confusion
from gald_viz.figures.confusion import regions_figure
from gald_viz.figures.sheet import Heading
from gald_viz.types import Capture, Look, Number, ViewResult
from gald_viz.views._common import network_name

Cell = tuple[int, int]


def counted(look: Look) -> tuple[NDArray[np.int64], int]:
    """(K, K) confusion counts of the network over all labelled images of the look, and how many these are."""
    count = len(look.capture.class_names)
    total, images = np.zeros((count, count), dtype=np.int64), 0
    for capture, label in ((look.capture, look.label), *look.more):
        if label is not None:
            total += confusion(capture.prediction, label, count, capture.ignore_id)
            images += 1
    return total, images


def chosen_cell(look: Look, key: str) -> Cell | None:
    """The two class ids that the front end chose, None for none.

    Raises:
        ValueError: if they are no classes of the network.
    """
    given = look.state.get(key)
    if given is None:
        return None
    first, second = (int(k) for k in given)
    known = len(look.capture.class_names)
    if not (0 <= first < known and 0 <= second < known):
        raise ValueError(f"{key} is {(first, second)}, both must be class ids 0..{known - 1}.")
    return first, second


def marked(capture: Capture, label: NDArray[np.int64], cells: Sequence[Cell], title: str) -> ViewResult:
    """The regions of one or two cells (label, prediction), with their counts."""
    found = [confused_regions(capture.prediction, label, cell) for cell in cells]
    numbers = tuple(number for regions in found for number in _numbers(regions, capture.class_names, len(found) > 1))
    words = " · ".join(_words(regions, capture.class_names, len(found) > 1) for regions in found)
    heading = Heading(title, f"{words} · {network_name(capture)}")
    figure = regions_figure(capture.image, found, capture.prediction, capture.class_names, heading)
    return ViewResult((figure,), numbers, "Segments are 8-connected; at most five of a kind are boxed, the largest.")


def _words(regions: ConfusedRegions, names: Sequence[str], several: bool) -> str:
    who = f"{names[regions.label]} as {names[regions.prediction]}: " if several else ""
    segments = "1 segment" if regions.segments == 1 else f"{regions.segments} segments"
    return f"{who}{regions.pixels:,} px in {segments}"


def _numbers(regions: ConfusedRegions, names: Sequence[str], several: bool) -> tuple[Number, ...]:
    who = f" ({names[regions.label]} as {names[regions.prediction]})" if several else ""
    label = names[regions.label]
    return (
        Number(f"pixels{who}", regions.pixels, "px", f"Labelled {label}, predicted {names[regions.prediction]}."),
        Number(f"segments{who}", regions.segments, "", "8-connected regions that they form."),
        Number(f"of the label{who}", regions.share, "%", f"Of the {regions.labelled:,} px labelled {label} here."),
    )
