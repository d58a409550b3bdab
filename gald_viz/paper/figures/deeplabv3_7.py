"""Bootstrapping on hard images: what showing them twice does to a training set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.error import confusion
from gald_viz.analysis.separation import error_prone_classes
from gald_viz.paper.charts import bars
from gald_viz.paper.comparison import Comparison, compare_networks
from gald_viz.paper.figure import Facts, Made, PaperFigure, Place, Role
from gald_viz.paper.pictures import PictureTable, draw_table, table_height
from gald_viz.paper.studio import Studio

_PLAIN, _HARD = "DeepLabv3", "bootstrapped"
_COUNT = 3  # hard classes
_BARS = 2.1  # inches


@dataclass(frozen=True, slots=True)
class Bootstrapping:
    """What duplicating images of rare classes does to the data.

    Attributes:
        names: K class names.
        before: (K,) shares of the labelled pixels, per cent.
        after: (K,) the same with the duplicates.
        table: answers of both networks, if given.
    """

    names: tuple[str, ...]
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    table: PictureTable | None


def compute(studio: Studio) -> Made:
    """Show the images of hard classes twice, as the option hard_classes of a training does, and count."""
    total, ignore = len(studio.classes), studio.classes.ignore_id
    counts = [
        confusion(studio.answer(_PLAIN, index), studio.label(index), total, ignore) for index in studio.candidates
    ]
    pixels = np.array([each.sum(axis=1) for each in counts])
    prone = error_prone_classes(np.sum(counts, axis=0), total)
    # What every image holds cannot be shown more often than the rest.
    lacked = np.flatnonzero(np.isin(pixels.min(axis=0), 0))
    hard = [k for k in prone if k in lacked][:_COUNT]
    twice = np.asarray((pixels[:, hard] > 0).any(axis=1))
    before, after = pixels.sum(axis=0), (pixels * (1 + twice[:, None])).sum(axis=0)
    table, rule, numbers = None, "", {}
    if studio.has(_HARD):
        plan = Comparison((_PLAIN, _HARD), (_PLAIN, _HARD), (100, 50, 0))
        made = compare_networks(studio, plan, "")
        table, rule, numbers = made.data, made.facts.rule, dict(made.facts.numbers)
    named = ", ".join(studio.classes.names[k] for k in hard)
    numbers["images shown twice"] = float(twice.sum())
    says = (
        f"Share of the labelled pixels of each class among {len(counts)} images of {studio.settings.data} "
        f"{studio.settings.split}, and when the {int(twice.sum())} images that hold a hard class stand twice. Hard "
        "are the "
        f"{len(hard)} classes of lowest recall of {_PLAIN} that some image lacks: {named}."
    )
    differs = (
        ""
        if table
        else (
            "no network that was trained so ships; gald train small-deeplabv3 --hard-classes NAME,... makes one, and "
            "--checkpoint bootstrapped=FILE sets its answers beside those of the plain one."
        )
    )
    data = Bootstrapping(studio.classes.names, 100 * before / before.sum(), 100 * after / after.sum(), table)
    return Made(
        data, Facts(says, differs, rule or "the images looked at are spread evenly over the split", numbers=numbers)
    )


def draw(data: Bootstrapping, place: Place) -> None:
    """Bars, and below them the answers."""
    upper = place
    if data.table is not None:
        upper, lower = place.subfigures(2, 1, squeeze=False, height_ratios=(1, 2))[:, 0]
        draw_table(data.table, lower)
    series = {"each image once": data.before.tolist(), "hard images twice": data.after.tolist()}
    axis = upper.subplots()
    bars(data.names, series, axis, "labelled pixels [%]")
    axis.tick_params(axis="x", rotation=30)


def height(data: Bootstrapping, width: float) -> float:
    """Of the bars and what stands below them."""
    return _BARS + (0 if data.table is None else table_height(data.table, width))


FIGURES = (
    PaperFigure(
        "deeplabv3-7",
        "DeepLabv3",
        "Fig. 7",
        "Bootstrapping on hard images",
        compute,
        draw,
        height,
        roles=(Role(_PLAIN, "scenes-deeplabv3"), Role(_HARD, "", optional=True)),
    ),
)
