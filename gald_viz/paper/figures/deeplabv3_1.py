"""Where the taps of an atrous filter fall, for the rates of a network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.atrous import tap_cells, taps_at
from gald_viz.paper.axes import bare, inches, wrapped
from gald_viz.paper.figure import Facts, Made, PaperFigure, Place
from gald_viz.paper.studio import Studio
from models.evaluation.arithmetic import input_of
from models.presets import preset

_PRESET = "deeplabv3-r101"


@dataclass(frozen=True, slots=True)
class Taps:
    """Rows and columns of the taps round the middle of a map, for each rate, and how many cells a side they span."""

    side: int
    rates: tuple[int, ...]
    cells: tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]


def compute(_studio: Studio) -> Made:
    """Rate 1 and the rates of the network's ASPP, on the map it has at the paper's input."""
    entry = preset(_PRESET)
    size, _ = input_of(_PRESET, entry)
    side = -(-size[0] // entry.model.backbone.output_stride)
    rates = (1, *entry.model.aggregation.rates)
    middle = (side // 2, side // 2)
    cells = tuple(tap_cells(middle, rate) for rate in rates)
    valid = {f"valid taps in the middle at rate {rate}": float(taps_at((side, side), rate)[middle]) for rate in rates}
    spans = ", ".join(f"{2 * rate + 1} at rate {rate}" for rate in rates)
    says = (
        f"The nine taps of a 3 × 3 filter at the middle of the {side} × {side} map of {_PRESET} at an input of "
        f"{size[0]} × "
        f"{size[1]} and output stride {entry.model.backbone.output_stride}; it spans so many cells a side: {spans}."
    )
    differs = "rates are those of the network's ASPP; the paper draws 1, 6 and 24."
    return Made(Taps(side, rates, cells), Facts(says, differs, numbers=valid))


def draw(data: Taps, place: Place) -> None:
    """A map for each rate, its cells as a light grid."""
    axes = place.subplots(1, len(data.rates), squeeze=False)[0]
    for axis, rate, (rows, columns) in zip(axes, data.rates, data.cells, strict=True):
        bare(axis)
        edges = np.arange(data.side + 1) - 0.5
        axis.vlines(edges, -0.5, data.side - 0.5, color="#d6dae1", linewidth=0.25)
        axis.hlines(edges, -0.5, data.side - 0.5, color="#d6dae1", linewidth=0.25)
        inside = (rows >= 0) & (rows < data.side) & (columns >= 0) & (columns < data.side)
        axis.plot(columns[inside], rows[inside], "s", color="#d55e00", markersize=3.2, markeredgewidth=0)
        axis.set_xlim(-0.5, data.side - 0.5)
        axis.set_ylim(data.side - 0.5, -0.5)
        axis.set_aspect("equal")
        axis.set_title(f"rate {rate}")
        axis.set_xlabel(
            wrapped(f"{data.side} cells, {int(inside.sum())} taps valid", inches(place)[0] / len(data.rates))
        )


FIGURES = (
    PaperFigure(
        "deeplabv3-1",
        "DeepLabv3",
        "Fig. 1",
        "Taps of an atrous filter at several rates",
        compute,
        draw,
        lambda data, width: width / len(data.rates) + (0.35 if width > 5 else 0.5),
        data=False,
    ),
)
