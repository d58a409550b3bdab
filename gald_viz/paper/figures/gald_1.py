"""What segmentation is asked for: large stuff and small objects in one image."""

from __future__ import annotations

import numpy as np

from gald_viz.analysis.regions import Box, Regions, class_regions
from gald_viz.paper.comparison import MENDS, chosen
from gald_viz.paper.figure import Facts, Made, PaperFigure
from gald_viz.paper.pictures import Mark, Panel, PictureTable, draw_table, table_height
from gald_viz.paper.studio import Studio

_LEAST = 16  # pixels of a region that counts
_SMALL = 4  # small objects that get a box
_LARGE = 2


def compute(studio: Studio) -> Made:
    """The images whose largest and smallest regions differ most, with both boxed."""
    spreads = [_spread(class_regions(studio.label(index), len(studio.classes))) for index in studio.candidates]
    choice = chosen(studio, spreads, (100, 50, 0), "the ratio of the largest to the smallest region's area")
    shown = [studio.candidates[place] for place in choice.indices]
    studio.show(shown)
    rows = tuple(_row(studio, index) for index in shown)
    table = PictureTable(("image", "label"), rows, studio.classes.names, studio.classes.palette())
    numbers = {
        f"largest to smallest region on {studio.sample(index).id}": spreads[studio.candidates.index(index)]
        for index in shown
    }
    told = ", ".join(f"{value:,.0f}" for value in numbers.values())
    says = (
        f"Red boxes: the {_LARGE} largest regions of one class; yellow boxes: the {_SMALL} smallest of at least "
        f"{_LEAST} "
        f"pixels. The largest region has {told} times the area of the smallest, from the first row to the last."
    )
    return Made(table, Facts(says, "generated scenes or CamVid instead of Cityscapes.", choice.rule, numbers=numbers))


def _spread(regions: Regions) -> float:
    areas = regions.pixels[regions.pixels >= _LEAST]
    return float(areas.max() / areas.min()) if len(areas) else float("nan")


def _row(studio: Studio, index: int) -> tuple[Panel, ...]:
    image, label = studio.sample(index).image, studio.label(index)
    regions = class_regions(label, len(studio.classes))
    order = np.argsort(regions.pixels, kind="stable")
    small = [k for k in order if regions.pixels[k] >= _LEAST][:_SMALL]
    marks = [Mark(_box(regions, k, 1), "#ff2a2a", "largest regions") for k in order[::-1][:_LARGE]]
    marks += [Mark(_box(regions, k, 4), MENDS, "smallest regions") for k in small]
    smallest = int(regions.pixels[small[0]]) if small else 0
    note = f"{len(regions.pixels)} regions, {smallest:,} to {int(regions.pixels.max()):,} px"
    return Panel(image, marks=tuple(marks)), Panel(image, label, marks=tuple(marks), note=note)


def _box(regions: Regions, region: int, margin: int) -> Box:
    rows, columns = np.nonzero(regions.index == region)
    height, width = regions.index.shape
    return Box(
        max(int(columns.min()) - margin, 0),
        max(int(rows.min()) - margin, 0),
        min(int(columns.max()) + 1 + margin, width),
        min(int(rows.max()) + 1 + margin, height),
        int(regions.pixels[region]),
    )


FIGURES = (
    PaperFigure(
        "gald-1",
        "GALD TIP",
        "Fig. 1",
        "Large stuff and small objects in one image",
        compute,
        draw_table,
        table_height,
    ),
)
