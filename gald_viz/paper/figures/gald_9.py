"""From which neighbours sampled points take their context."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.affinity import PixelAffinity, affinity_of_pixel
from gald_viz.analysis.regions import inmost
from gald_viz.paper.affinities import draw_affinity, weight_shades
from gald_viz.paper.axes import inches, wrapped
from gald_viz.paper.comparison import chosen
from gald_viz.paper.figure import Facts, Made, PaperFigure, Place, Role
from gald_viz.paper.studio import Studio
from gald_viz.paper.style import SMALL, TEXT

_STAGE = "ld.affinity"
_WANTED = ("sign", "vegetation", "tree", "car", "pole")  # the paper's points lie on a tree and a sign
_POINTS = 3


@dataclass(frozen=True, slots=True)
class Points:
    """Rows of images, in each the weights of some points.

    Attributes:
        images: (H, W, 3) each.
        rows: the points of each image.
        names: K class names.
        limit: weight at the end of the colours.
    """

    images: tuple[NDArray[np.uint8], ...]
    rows: tuple[tuple[PixelAffinity, ...], ...]
    names: tuple[str, ...]
    limit: float


def compute(studio: Studio) -> Made:
    """Points in the middle of the largest regions of some classes, on images at percentiles of entropy."""
    found = {index: _of_image(studio, index) for index in studio.candidates}
    entropy = [float(np.mean([each.entropy for each in points])) if points else np.nan for points in found.values()]
    choice = chosen(studio, entropy, (100, 50, 0), "the mean entropy of the points")
    shown = [studio.candidates[place] for place in choice.indices]
    studio.show(shown)
    limit = max(float(each.weight.max()) for index in shown for each in found[index])
    images = tuple(studio.sample(index).image for index in shown)
    data = Points(images, tuple(tuple(found[index]) for index in shown), studio.classes.names, limit)
    info = studio.capture("GALD", shown[0], (_STAGE,)).stage_info[_STAGE]
    shares = [each.share_own for points in found.values() for each in points]
    numbers = {
        "mean weight on the own class": float(np.nanmean(shares)),
        "mean entropy in nats": float(np.nanmean(entropy)),
        "largest possible entropy": float(np.log(info["kernel"] ** 2)),
    }
    says = (
        f"The {info['kernel']} × {info['kernel']} neighbours, {info['dilation']} cells apart, from which a point (the "
        "cross) takes its context, coloured by weight. Below each: its class, the weight on neighbours of that class, "
        f"and the entropy; at most {numbers['largest possible entropy']:.2f} nats. Over all points of the "
        f"{len(entropy)} images looked at the own class has {100 * numbers['mean weight on the own class']:.1f} % of "
        f"the weight, the entropy is {numbers['mean entropy in nats']:.2f} nats."
    )
    rule = f"{choice.rule}; the points farthest inside the largest region of {', '.join(_WANTED)}"
    differs = "MobileNetV2 and short training; generated scenes or CamVid."
    return Made(data, Facts(says, differs, rule, "one position's softmax", {"weight": (0.0, limit)}, numbers))


def draw(data: Points, place: Place) -> None:
    """A row an image, a panel a point, one colour bar."""
    axes = place.subplots(len(data.rows), _POINTS, squeeze=False)
    cell = inches(place)[0] / _POINTS - 0.25
    for image, points, line in zip(data.images, data.rows, axes, strict=True):
        for k, axis in enumerate(line):
            if k >= len(points):
                axis.set_axis_off()
                continue
            draw_affinity(image, points[k], data.limit, axis)
            name = data.names[points[k].own_class]
            note = f"{name}: {100 * points[k].share_own:.0f} % on its class, {points[k].entropy:.2f} nats"
            axis.set_xlabel(wrapped(note, cell, SMALL), fontsize=SMALL, labelpad=2)
    shades = weight_shades(data.limit)
    bar = place.colorbar(shades, ax=axes, aspect=30, shrink=0.6, pad=0.01)
    bar.set_label("weight", fontsize=TEXT)
    bar.outline.set_linewidth(0.3)


def height(data: Points, width: float) -> float:
    """Of all rows with their notes."""
    shape = data.images[0].shape
    return len(data.rows) * ((width - 0.6) / _POINTS * shape[0] / shape[1] + 0.14) + 0.1


def _of_image(studio: Studio, index: int) -> list[PixelAffinity]:
    capture, label = studio.capture("GALD", index, (_STAGE,)), studio.label(index)
    dilation = int(capture.stage_info[_STAGE]["dilation"])
    found = []
    for name in _WANTED:
        if name in studio.classes.names and len(found) < _POINTS:
            pixel = inmost(label == studio.classes.index(name))
            if pixel is not None:
                found.append(affinity_of_pixel(capture.stages[_STAGE], pixel, label, dilation, capture.ignore_id))
    return found


FIGURES = (
    PaperFigure(
        "gald-9",
        "GALD TIP",
        "Fig. 9",
        "Local affinity of sampled points",
        compute,
        draw,
        height,
        roles=(Role("GALD", "scenes-aspp-ldv2", (_STAGE,)),),
    ),
)
