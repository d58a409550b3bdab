"""A network drawn from its own forward pass: boxes with their shapes, arrows for what reads what, from above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.patches import FancyBboxPatch

from gald_viz.analysis.graph import Layout, layered
from gald_viz.figures.theme import INK, MUTED
from gald_viz.graph import Graph, GraphBox
from gald_viz.paper.axes import axis_or_new, figure_of
from gald_viz.paper.legends import patch
from gald_viz.paper.style import SMALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_GAP, _LINE = 0.2, 0.105  # inches from layer to layer: between boxes, and for each line in them
_TALL = 0.7  # of the pitch, a box
_WIDE = 0.94  # of its slot
_WIDEST = 1.5  # inches of a box
_COLORS = {
    "features": "#dbe9f6",
    "mask": "#ffd9b0",
    "affinity": "#ffd9b0",
    "operand": "#eeeeee",
    "branches": "#eeeeee",
    "logits": "#d5efdb",
    "tokens": "#eadcf4",
}
_MEANINGS = {
    "features": "stage: features",
    "mask": "stage: mask, affinity",
    "operand": "stage: operand",
    "logits": "stage: logits",
    "tokens": "stage: tokens",
}


def pitch(graph: Graph, width: float) -> float:
    """Inches from layer to layer, at this width: boxes that are narrow have more lines."""
    letters = _letters(box_inches(graph, width))
    return _GAP + _LINE * max((_words(box, letters).count("\n") + 1 for box in graph.boxes), default=1)


def box_inches(graph: Graph, width: float) -> float:
    """Width of a box at this width of the whole."""
    return _slot(layered(graph), width) * width


def network_inches(graph: Graph, width: float) -> float:
    """Height that the graph needs at this width in inches."""
    return layered(graph).layers * pitch(graph, width)


def draw_network(graph: Graph, width: float, axis: Axes | None = None) -> Figure:
    """Boxes and arrows.

    Args:
        graph: of analysis.graph.
        width: inches of the axis, for the width of letters.
        axis: to draw into; a new figure without.
    """
    axis = axis_or_new(axis, network_inches(graph, width) / width)
    layout = layered(graph)
    axis.set_axis_off()
    axis.set_xlim(0, 1)
    axis.set_ylim(layout.layers - 0.45, -0.55)
    for course in layout.courses:
        _arrow(axis, course)
    slot = _slot(layout, width)
    for box, place in zip(graph.boxes, layout.place, strict=True):
        _box(axis, box, place, slot, slot * width)
    return figure_of(axis)


def kind_patches(graphs: tuple[Graph, ...]) -> list[Any]:
    """Legend of the colours that occur."""
    kinds = {_grouped(box.kind) for graph in graphs for box in graph.boxes if box.stage}
    entries = [patch(_COLORS[kind], words) for kind, words in _MEANINGS.items() if kind in kinds]
    return [*entries, patch("white", "module")]


def _grouped(kind: str) -> str:
    return {"affinity": "mask", "branches": "operand"}.get(kind, kind)


def _arrow(axis: Axes, course: tuple[tuple[int, float], ...]) -> None:
    half, points = _TALL / 2, []
    for k, (layer, x) in enumerate(course):
        # Through a layer that it only passes, an edge runs straight down.
        points += [(x, layer - half)] * (k > 0) + [(x, layer + half)] * (k < len(course) - 1)
    xs, ys = zip(*points[:-1], strict=True) if len(points) > 2 else ((), ())
    if len(points) > 2:
        axis.plot(xs, ys, color=MUTED, linewidth=0.6, zorder=1, solid_joinstyle="round")
    arrow = {"arrowstyle": "-|>", "color": MUTED, "linewidth": 0.6, "mutation_scale": 5, "shrinkA": 0, "shrinkB": 0}
    axis.annotate("", points[-1], points[-2], arrowprops=arrow, zorder=1)


def _box(axis: Axes, box: GraphBox, place: tuple[int, float], slot: float, inches: float) -> None:
    layer, x = place
    color = _COLORS[box.kind] if box.stage else "white"
    shape = FancyBboxPatch(
        (x - slot / 2, layer - _TALL / 2),
        slot,
        _TALL,
        boxstyle="square,pad=0",
        facecolor=color,
        edgecolor=INK,
        linewidth=0.5,
        zorder=2,
    )
    axis.add_patch(shape)
    text = _words(box, _letters(inches))
    # A word that cannot be broken is set smaller.
    size = SMALL * min(1.0, _letters(inches) / max(map(len, text.split("\n"))))
    axis.text(x, layer, text, ha="center", va="center", fontsize=size, linespacing=1.05, zorder=3)


def _slot(layout: Layout, width: float) -> float:
    """Share of the axis that a box has."""
    return min(_WIDE / layout.widest, _WIDEST / width)


def _letters(inches: float) -> int:
    return int(inches * 72 / (SMALL * 0.64))


def _words(box: GraphBox, letters: int) -> str:
    """Name and shape in lines that fit, and where there is room what made it."""
    size, how = "×".join(map(str, box.shape)), box.made if box.stage else box.kind
    both = f"{size}  {how}".strip()
    below = both if len(both) <= letters and "×" in how else size or how
    return "\n".join([*_broken(box.name, ".", letters), *_broken(below, "×", letters)])


def _broken(text: str, at: str, letters: int) -> list[str]:
    """The text in lines as even as can be, broken behind a letter; of a long path its last parts."""
    while at == "." and len(text) > 2 * letters and "." in text:
        text = text.partition(".")[2]
    parts = text.replace(at, f"{at}\0").split("\0")
    rows = len(_filled(parts, letters))
    return next(lines for width in range(1, letters + 1) if len(lines := _filled(parts, width)) <= rows)


def _filled(parts: Sequence[str], letters: int) -> list[str]:
    lines = [""]
    for part in parts:
        if lines[-1] and len(lines[-1]) + len(part) > letters:
            lines.append("")
        lines[-1] += part
    return lines
