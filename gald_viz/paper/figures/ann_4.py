"""What pyramid sampling takes from a map, and which of the anchors a position listens to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from numpy.typing import NDArray

from gald_viz.analysis.affinity import entropy
from gald_viz.analysis.regions import inmost
from gald_viz.analysis.resize import cell_at
from gald_viz.analysis.teach_anchors import attention_to_anchors, grids
from gald_viz.paper.axes import inches, wrapped
from gald_viz.paper.comparison import chosen
from gald_viz.paper.figure import Facts, Made, PaperFigure, Place, Role
from gald_viz.paper.pictures import Panel, draw_panel
from gald_viz.paper.studio import Studio
from gald_viz.paper.style import SMALL

_STAGES = ("ga.query", "ga.key", "ga.anchors")
_CLASSES = ("car", "vegetation", "tree")  # whose inmost pixel asks
Map = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Sampling:
    """The map and its grids, and the attention of one pixel to them.

    Attributes:
        image: (H, W, 3).
        pixel: (x, y) that asks.
        key: (h, w) mean over channels.
        anchors, attention: a (n, n) grid for each width.
        limits: of the key and its grids.
        strongest: largest weight of an anchor.
    """

    image: NDArray[np.uint8]
    pixel: tuple[int, int]
    key: Map
    anchors: tuple[Map, ...]
    attention: tuple[Map, ...]
    limits: tuple[float, float]
    strongest: float


def compute(studio: Studio) -> Made:
    """The image with the middle spread of the key, and the pixel farthest inside its car or plants."""
    role = "ANN"
    spreads = [
        float(studio.capture(role, k, ("ga.key",)).stages["ga.key"].mean(axis=0).std()) for k in studio.candidates
    ]
    choice = chosen(studio, spreads, (50,), "the spread of the key's mean")
    index = studio.candidates[choice.indices[0]]
    studio.show([index])
    shot = studio.capture(role, index, _STAGES)
    query, key, anchors = (shot.stages[name] for name in _STAGES)
    info = shot.stage_info["ga.anchors"]
    pixel = _pixel(studio, index)
    cell = cell_at(pixel, shot.image.shape[:2], query.shape[1:])
    weights = attention_to_anchors(query, anchors, cell, info["scale"])
    mean = key.mean(axis=0)
    limits = (float(mean.min()), float(mean.max()))
    attention = tuple(grids(weights, info["anchors"]))
    data = Sampling(
        shot.image, pixel, mean, tuple(grids(anchors.mean(axis=0), info["anchors"])), attention, limits, weights.max()
    )
    total = len(weights)
    shares = {
        f"weight on the grid of {n} x {n}": float(g.sum()) for n, g in zip(info["anchors"], attention, strict=True)
    }
    numbers = shares | {"anchors": float(total), "entropy in nats": float(entropy(weights))}
    told = ", ".join(f"{100 * share:.0f} % on {name.rsplit('of ', 1)[1]}" for name, share in shares.items())
    says = (
        f"Above: the key, mean over its channels, and the grids of {info['sampling']} pooling that become its {total} "
        f"anchors in place of {mean.size} positions. Below: how the position of the cross shares its attention among "
        "the "
        f"anchors; {told.replace(' x ', ' × ')}, entropy {numbers['entropy in nats']:.2f} of at most "
        f"{np.log(total):.2f} nats."
    )
    rule = f"{choice.rule}; the pixel farthest inside the largest region of {', '.join(_CLASSES)}"
    colours = {"key": limits, "attention": (0.0, data.strongest)}
    differs = "the paper draws the sampling as a scheme; the attention is added."
    return Made(data, Facts(says, differs, rule, "mean over the key's channels", colours, numbers))


def draw(data: Sampling, place: Place) -> None:
    """Two rows: the map and its grids, the image and the attention."""
    axes = place.subplots(2, 1 + len(data.anchors), squeeze=False)
    cell = inches(place)[0] / (2 + len(data.anchors))
    rows = ((data.key, data.anchors, data.limits, "key"), (None, data.attention, (0.0, data.strongest), "attention"))
    colors = np.zeros((0, 3), dtype=np.uint8)
    for line, (first, maps, limits, name) in zip(axes, rows, strict=True):
        for axis, values in zip(line, (first, *maps), strict=True):
            draw_panel(Panel(data.image, values=values), colors, limits, axis)
            word = "key" if name == "key" else "the position"
            n = 0 if values is None or values is data.key else len(values)
            share = 0.0 if values is None else 100 * values.sum()
            note = f"{n} × {n}: {share:.0f} %" if name != "key" else f"{n} × {n} anchors"
            axis.set_xlabel(wrapped(note if n else word, cell, SMALL), fontsize=SMALL, labelpad=2)
        bar = place.colorbar(ScalarMappable(Normalize(*limits), "viridis"), ax=line.tolist(), aspect=14, pad=0.01)
        bar.set_label(name, fontsize=SMALL)
        bar.outline.set_linewidth(0.3)
    axes[1, 0].plot(*data.pixel, "+", color="#ff2a2a", markersize=7, markeredgewidth=1.2)


def height(data: Sampling, width: float) -> float:
    """Of two rows with their notes."""
    shape = data.image.shape
    return 2 * ((width - 0.6) / (1 + len(data.anchors)) * shape[0] / shape[1] + 0.2)


def _pixel(studio: Studio, index: int) -> tuple[int, int]:
    label = studio.label(index)
    for name in _CLASSES:
        if name in studio.classes.names:
            found = inmost(label == studio.classes.index(name))
            if found is not None:
                return found
    return label.shape[1] // 2, label.shape[0] // 2


FIGURES = (
    PaperFigure(
        "ann-4",
        "ANN",
        "Fig. 4",
        "Pyramid sampling of anchors, and attention to them",
        compute,
        draw,
        height,
        roles=(Role("ANN", "scenes-ann", _STAGES),),
    ),
)
