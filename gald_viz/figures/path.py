"""Pictures of the stage predictions of one network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gald_viz.analysis.path import (
    PATHS,
    STAGES,
    SankeyLinks,
    StageChanges,
    StagePaths,
    StepBoxes,
    path_name,
)
from gald_viz.analysis.regions import Box
from gald_viz.figures import overlay, theme
from gald_viz.figures.page import Cell
from gald_viz.figures.palette import class_entries, ids_in, rgb_table
from gald_viz.figures.panels import hover_labels, image_panels
from gald_viz.figures.sheet import Heading, Sheet

# By code, 4 FCN + 2 GA + 1 GALD right. Warm: a later stage mends; cold: a later stage breaks.
PATH_COLORS = (
    "#4a4e57",  # never right
    "#e5332a",  # GALD mends
    "#2aa7a0",  # GA mends, GALD breaks it again
    "#f5c400",  # GA mends
    "#7a3fb0",  # GA breaks
    "#f28e8a",  # GA breaks, GALD mends it again
    "#2b62c9",  # GALD breaks
    "#e4e7ec",  # always right
)
STEP_COLORS = ("#ffd21f", "#ff3030")  # the papers' boxes: yellow for GA, red for GALD
_COLUMNS = 3
_UNLABELLED = "not labelled"


@dataclass(frozen=True, slots=True)
class StageScene:
    """What the stage panels are drawn from.

    Attributes:
        image: (H, W, 3).
        predictions: (H, W) class ids of FCN, GA and GALD.
        names: K names.
        colors: (K, 3).
        opacity: of the class colours over the image.
    """

    image: NDArray[np.uint8]
    predictions: tuple[NDArray[np.integer], NDArray[np.integer], NDArray[np.integer]]
    names: Sequence[str]
    colors: NDArray[np.uint8]
    opacity: float


def stages_figure(
    scene: StageScene,
    label: NDArray[np.integer],
    paths: StagePaths,
    boxes: Sequence[StepBoxes],
    heading: Heading,
    cell: Cell | None = None,
) -> go.Figure:
    """Image, FCN, GA, GALD, label and the path map with one zoom; boxes where a step mends or breaks.

    Args:
        scene: image and predictions.
        label: (H, W) class ids.
        paths: of every pixel.
        boxes: of the step FCN to GA and of the step GA to GALD.
        heading: title and subtitle.
        cell: of a page to draw into; a figure of its own without.
    """
    right = [f"{name}, {100 * share:.1f} % right" for name, share in zip(STAGES, paths.accuracy, strict=True)]
    titles = ["image", *right, "label", "path of every pixel (colours below)"]
    sheet = image_panels(titles, scene.image.shape[:2], _COLUMNS, heading)
    _add_predictions(sheet, scene)
    _add_classes(sheet, 4, scene, label)
    _add_codes(sheet, 5, paths.code, PATH_COLORS, [path_name(code) for code in range(PATHS)])
    for step, found in enumerate(boxes):
        for panel in (step + 1, step + 2):
            _add_boxes(sheet, panel, found.mended, STEP_COLORS[step], "solid")
            _add_boxes(sheet, panel, found.broken, STEP_COLORS[step], "dot")
    entries = []
    for (before, after), color in zip((STAGES[:2], STAGES[1:]), STEP_COLORS, strict=True):
        entries += [(f"{after} mends {before}", color, "solid"), (f"{after} breaks {before}", color, "dot")]
    sheet.lines(entries)
    sheet.swatches(class_entries(scene.names, scene.colors, ids_in(label, *scene.predictions)))
    return sheet.figure(cell=cell)


def stage_changes_figure(
    scene: StageScene, changes: StageChanges, heading: Heading, cell: Cell | None = None
) -> go.Figure:
    """Image, FCN, GA, GALD, and where a stage changes the answer: what can be shown without a label."""
    titles = ["image", *STAGES, "where a stage changes the answer"]
    sheet = image_panels(titles, scene.image.shape[:2], _COLUMNS, heading)
    _add_predictions(sheet, scene)
    code = changes.by_ga + 2 * changes.by_gald.astype(np.int64)
    colors = (PATH_COLORS[7], PATH_COLORS[3], PATH_COLORS[1], "#f28e2b")
    words = ("unchanged", "GA changes", "GALD changes", "both change")
    _add_codes(sheet, 4, code, colors, words)
    sheet.swatches(class_entries(scene.names, scene.colors, ids_in(*scene.predictions)))
    sheet.swatches(list(zip(words[1:], colors[1:], strict=True)))
    return sheet.figure(cell=cell)


def path_figure(paths: StagePaths, links: SankeyLinks, heading: Heading, cell: Cell | None = None) -> go.Figure:
    """The flow of pixels through the stages, and the share of every path, which is its legend too."""
    sheet = Sheet(heading, 380)
    share = 100 * paths.counts / max(int(paths.counts.sum()), 1)
    names = [path_name(code) for code in range(PATHS)]
    percent = {"title": theme.axis_title("share of the labelled pixels (%)"), "rangemode": "tozero"}
    paths_axis = {"showline": False, "ticks": "", "tickfont": {"size": 11, "color": theme.INK}}
    sheet.chart((0.75, 0.98), "", percent, paths_axis)
    bars = {
        "type": "bar",
        "x": share,
        "y": names,
        "orientation": "h",
        "marker": {"color": PATH_COLORS, "line": {"width": 0.8, "color": "#8a919e"}},
        "text": [f"{value:.2f} %" for value in share],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": paths.counts,
        "hovertemplate": "%{y}: %{customdata:,} px<extra></extra>",
    }
    sheet.add(bars)
    sheet.data.append(_sankey(links, names))
    sheet.layout["margin"] |= {"l": 16, "r": 60}
    return sheet.figure(cell=cell)


def _sankey(links: SankeyLinks, names: Sequence[str]) -> dict[str, object]:
    flowing = links.pixels > 0
    return {
        "type": "sankey",
        "domain": {"x": [0.0, 0.54], "y": [0.0, 1.0]},
        "node": {
            "label": [f"{name} {state}" for name in STAGES for state in ("right", "wrong")],
            "color": ["#3a9a6b", "#5b616e"] * len(STAGES),
            "pad": 26,
            "thickness": 14,
            "line": {"width": 0},
            "hovertemplate": "%{label}: %{value:,} px<extra></extra>",
        },
        "link": {
            "source": links.source[flowing],
            "target": links.target[flowing],
            "value": links.pixels[flowing],
            "color": [PATH_COLORS[code] for code in links.code[flowing]],
            "customdata": [names[code] for code in links.code[flowing]],
            "hovertemplate": "%{customdata}: %{value:,} px<extra></extra>",
        },
        "textfont": {"size": 12, "color": theme.INK, "family": theme.FONT},
    }


def _add_predictions(sheet: Sheet, scene: StageScene) -> None:
    sheet.add(overlay.picture(scene.image), 0)
    for panel, ids in enumerate(scene.predictions, start=1):
        _add_classes(sheet, panel, scene, ids)


def _add_classes(sheet: Sheet, panel: int, scene: StageScene, ids: NDArray[np.integer]) -> None:
    look = overlay.blend(scene.image, overlay.colorize(ids, scene.colors), scene.opacity)
    sheet.add(overlay.picture(look), panel)
    sheet.add(hover_labels(ids, scene.names, _UNLABELLED), panel)


def _add_codes(
    sheet: Sheet, panel: int, codes: NDArray[np.integer], colors: Sequence[str], words: Sequence[str]
) -> None:
    look = overlay.colorize(codes, rgb_table(colors), unknown=(255, 255, 255))
    sheet.add(overlay.picture(look, exact=True), panel)
    sheet.add(hover_labels(codes, words, _UNLABELLED), panel)


def _add_boxes(sheet: Sheet, panel: int, boxes: Sequence[Box], color: str, dash: str) -> None:
    for box in boxes:
        corners = {"x0": box.x0 - 0.5, "x1": box.x1 - 0.5, "y0": box.y0 - 0.5, "y1": box.y1 - 0.5}
        # A dark line underneath keeps the box visible on any class colour.
        for width, tone, style in ((4, "rgba(0,0,0,0.75)", "solid"), (2, color, dash)):
            line = {"width": width, "color": tone, "dash": style}
            sheet.shape({"type": "rect", "line": line, **corners}, panel)
