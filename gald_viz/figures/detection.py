"""Pictures of detected objects: boxes, masks, names and scores, over the image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gald_viz.analysis.detection import NEITHER, RIGHT, WRONG, Matches, chosen_objects
from gald_viz.figures import overlay, theme
from gald_viz.figures.page import Cell
from gald_viz.figures.palette import class_entries, css, ids_in
from gald_viz.figures.panels import add_maps, image_panels
from gald_viz.figures.sheet import Heading, Sheet
from gald_viz.types import Objects

_MISSED = (255, 255, 255)
_DASHES = {RIGHT: "solid", WRONG: "dash", NEITHER: "dot"}
_LEGEND = {RIGHT: "right", WRONG: "wrong", NEITHER: "on an ignored object"}
_DARK, _LIGHT = "#10131a", "#ffffff"


@dataclass(frozen=True, slots=True)
class DetectionScene:
    """What every panel is drawn over.

    Attributes:
        image: (H, W, 3).
        names: K names.
        colors: (K, 3).
        opacity: of the masks over the image, 0 for none.
        written: whether names and scores stand at the boxes.
    """

    image: NDArray[np.uint8]
    names: Sequence[str]
    colors: NDArray[np.uint8]
    opacity: float
    written: bool = True


@dataclass(frozen=True, slots=True)
class DetectionPanel:
    """One panel.

    Attributes:
        title: heading.
        objects: what is drawn.
        verdict: (N,) RIGHT, WRONG or NEITHER of each, None where there is nothing to compare with.
        missed: labelled objects that were not found, None for none.
        scored: whether the objects have scores of their own.
    """

    title: str
    objects: Objects
    verdict: NDArray[np.int64] | None = None
    missed: Objects | None = None
    scored: bool = True


def found_panel(who: str, found: Objects, labelled: Objects | None, matches: Matches | None) -> DetectionPanel:
    """What a detector found, with its counts where there are labelled objects to compare with."""
    if labelled is None or matches is None:
        return DetectionPanel(who, found)
    title = f"{who}: {matches.right} right, {matches.wrong} wrong, {int(matches.missed.sum())} missed"
    return DetectionPanel(title, found, matches.verdict, chosen_objects(labelled, matches.missed))


def label_panel(labelled: Objects) -> DetectionPanel:
    """The labelled objects, and how many of them count."""
    ignored = 0 if labelled.ignored is None else int(labelled.ignored.sum())
    title = f"label: {len(labelled) - ignored} objects"
    return DetectionPanel(f"{title}, {ignored} that do not count" if ignored else title, labelled, scored=False)


def detection_figure(
    scene: DetectionScene,
    panels: Sequence[DetectionPanel],
    heading: Heading,
    maps: Mapping[str, NDArray[np.floating]] | None = None,
    cell: Cell | None = None,
) -> go.Figure:
    """Panels side by side; a colour a class, a dashed box is wrong, a dotted white one was missed.

    Args:
        scene: the image.
        panels: with objects.
        heading: title and subtitle.
        maps: title -> (h, w) cells that cover the image, each in a panel of its own behind the others.
        cell: of a page to draw into; a figure of its own without.
    """
    maps = maps or {}
    columns = 1 if len(panels) + len(maps) == 1 else 2
    titles, size = [*(panel.title for panel in panels), *maps], scene.image.shape[:2]
    sheet = image_panels(titles, size, columns, heading, colour_bar=bool(maps))
    add_maps(sheet, len(panels), maps, size)
    for index, panel in enumerate(panels):
        sheet.add(overlay.picture(_with_masks(scene, panel.objects)), index)
        verdict = np.full(len(panel.objects), RIGHT) if panel.verdict is None else panel.verdict
        for kind, dash in _DASHES.items():
            for label in np.unique(panel.objects.labels[verdict == kind]):
                chosen = np.flatnonzero((panel.objects.labels == label) & (verdict == kind))
                words = _words(scene.names, panel.objects, chosen, panel.scored)
                style = _Style(css(scene.colors[label]), dash, scene.written)
                _add_boxes(sheet, index, panel.objects.boxes[chosen], words, style)
        if panel.missed is not None and len(panel.missed):
            words = _words(scene.names, panel.missed, np.arange(len(panel.missed)), scored=False)
            _add_boxes(sheet, index, panel.missed.boxes, words, _Style(css(_MISSED), "dot", written=False))
    drawn = [part for panel in panels for part in (panel.objects, panel.missed) if part is not None]
    sheet.swatches(class_entries(scene.names, scene.colors, ids_in(*(part.labels for part in drawn))))
    verdicts = [panel.verdict for panel in panels if panel.verdict is not None]
    if verdicts:
        there = set(np.unique(np.concatenate(verdicts)).tolist())
        sheet.lines([(_LEGEND[kind], theme.INK, dash) for kind, dash in _DASHES.items() if kind in there])
        sheet.lines([("missed (white)", theme.MUTED, "dot")])
    return sheet.figure(cell=cell)


def _with_masks(scene: DetectionScene, objects: Objects) -> NDArray[np.uint8]:
    look = scene.image.copy()
    if objects.masks is None or not scene.opacity:
        return look
    for index in range(len(objects))[::-1]:
        where = objects.masks[index]
        look[where] = overlay.blend(look[where], scene.colors[objects.labels[index]], scene.opacity)
    return look


@dataclass(frozen=True, slots=True)
class _Style:
    color: str
    dash: str
    written: bool


def _words(names: Sequence[str], objects: Objects, chosen: NDArray[np.int64], scored: bool) -> list[str]:
    return [names[objects.labels[k]] + (f" {objects.scores[k]:.2f}" if scored else "") for k in chosen]


def _add_boxes(sheet: Sheet, panel: int, boxes: NDArray[np.floating], words: list[str], style: _Style) -> None:
    """Outlines as one line with gaps; the words at the upper left corners, and under the pointer."""
    # Pixel centres have whole coordinates, so the left edge of pixel 0 is at -0.5.
    x0, y0, x1, y1 = (boxes.T - 0.5).astype(float)
    gap = np.full(len(boxes), np.nan)
    outline = {
        "type": "scatter",
        "x": np.stack([x0, x1, x1, x0, x0, gap], axis=1).ravel(),
        "y": np.stack([y0, y0, y1, y1, y0, gap], axis=1).ravel(),
        "mode": "lines",
        "showlegend": False,
    }
    sheet.add(outline | {"line": {"color": _DARK, "width": 4}, "opacity": 0.55, "hoverinfo": "skip"}, panel)
    line = {"color": style.color, "width": 2.5, "dash": style.dash}
    text = [word for word in words for _ in range(6)]
    sheet.add(outline | {"line": line, "text": text, "hovertemplate": "%{text}<extra></extra>"}, panel)
    if style.written:
        _write(sheet, panel, (x0, y0), words, style.color)


def _write(
    sheet: Sheet,
    panel: int,
    corner: tuple[NDArray[np.floating], NDArray[np.floating]],
    words: list[str],
    color: str,
) -> None:
    suffix = "" if panel == 0 else str(panel + 1)
    red, green, blue = (int(value) for value in color[4:-1].split(","))
    ink = _DARK if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else _LIGHT
    for x, y, word in zip(*corner, words, strict=True):
        sheet.layout["annotations"].append(
            {
                "text": word,
                "x": float(x),
                "y": float(y),
                "xref": f"x{suffix}",
                "yref": f"y{suffix}",
                "xanchor": "left",
                "yanchor": "bottom",
                "showarrow": False,
                "borderpad": 1,
                "bgcolor": color,
                "opacity": 0.9,
                "font": {"size": 10, "color": ink},
            }
        )
