"""What pyramid pooling samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apps.lessons._lesson import Lesson, Outcome, Picture, State
from apps.lessons._pictures import ACROSS, DOWN, NAMES, SCENE, cell_of, class_control, look, scene
from gald_viz.analysis.resize import cell_centres, nearest_labels
from gald_viz.analysis.teach_anchors import attention_to_anchors, one_hot
from gald_viz.figures import overlay
from gald_viz.figures.anchors import anchor_panels
from gald_viz.figures.marked import Panel, Places, Scale, marked_figure
from gald_viz.figures.sheet import Heading
from gald_viz.figures.theme import WEIGHT_SCALE
from gald_viz.probes.parts import sampled_anchors
from gald_viz.types import Control, Number

_NETWORK = "scenes-ann"
_PYRAMIDS = ("1, 3, 6, 8", "1, 2, 3, 6", "1, 4, 8, 12", "8")
_POOLED, _DRAWN = "average of each cell", "random positions"


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What the two pictures show: of each anchor its share (S,), weight (S,) and place (2, S)."""

    widths: tuple[int, ...]
    pooled: bool
    share: NDArray[np.floating]
    weights: NDArray[np.floating]
    places: NDArray[np.floating]
    own: tuple[NDArray[np.floating], ...]


def run(state: State) -> Outcome:
    """Sample labels, pixels and the trained key with the sampler of APNB."""
    sample, kind = scene(state["scene"]), NAMES.index(state["class"])
    seen = look(_NETWORK, state["scene"], ("ga.query", "ga.key", "ga.anchors"))
    widths = tuple(int(width) for width in state["grids"].split(","))
    sampling = "average" if state["sampling"] == _POOLED else "random"
    size = (seen.stages["ga.key"].shape[1], seen.stages["ga.key"].shape[2])
    classes = one_hot(nearest_labels(sample.label, size), len(NAMES))
    held = sampled_anchors(classes, widths, sampling)
    places = _places(size, widths, sampling, sample.image.shape[:2])
    here = cell_of(state["x"], state["y"], size)
    own = tuple(cell_centres(np.array([here[axis]]), sample.image.shape[axis], size[axis]) for axis in (1, 0))
    anchors = sampled_anchors(seen.stages["ga.key"], widths, sampling)
    scale = float(seen.stage_info["ga.anchors"]["scale"])
    weights = attention_to_anchors(seen.stages["ga.query"], anchors, here, scale)
    mostly, covered = int((held[kind] > 0.5).sum()), float(classes[kind].mean())
    numbers = (
        Number(f"anchors that hold mostly {state['class']}", mostly, f"of {len(weights)}"),
        Number("anchors, S", len(weights), "", f"The sum of n² over the grids {state['grids']}."),
        Number("positions, N", size[0] * size[1], "", "What the non-local block compares with instead."),
        Number(f"{state['class']} on the map", covered, "%", "Share of the positions."),
        Number("largest share in an anchor", float(held[kind].max()), "%", f"Of {state['class']}."),
        Number("largest attention", float(weights.max()), "%", f"Of the marked position, by {_NETWORK}."),
    )
    return Outcome(
        pictures=_pictures(state, _Drawn(widths, sampling == "average", held[kind], weights, places, own)),
        numbers=numbers,
        holds=0 if mostly == 0 else 1 if mostly <= 5 else 2,
        because=f"{state['class']} covers {100 * covered:.1f} % of the map and fills most of {mostly} of "
        f"{len(weights)} anchors; the anchor that holds most of it holds {100 * held[kind].max():.0f} %.",
    )


def _places(
    size: tuple[int, int], widths: tuple[int, ...], sampling: str, pixels: tuple[int, ...]
) -> NDArray[np.float64]:
    """(2, S) x and y of the anchors in image pixels: the coordinates sampled as everything else is."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    x, y = cell_centres(columns, pixels[1], size[1]), cell_centres(rows, pixels[0], size[0])
    return sampled_anchors(np.stack([x, y]), widths, sampling).astype(np.float64)


def _pictures(state: State, drawn: _Drawn) -> tuple[Picture, ...]:
    image = scene(state["scene"]).image
    count, name, most = len(drawn.share), state["class"], float(drawn.weights.max())
    held = Heading(f"What {count} anchors hold of the picture", f"colour: share of {name} in each anchor")
    asked = Heading(f"Whom the marked position listens to, {_NETWORK}", f"attention sums to 1 over all {count} anchors")
    columns = 2 if state["sampling"] == _POOLED and len(drawn.widths) > 1 else 1
    own = Places("the position that asks", *drawn.own, color="#00c2ff", symbol="star", size=16)
    share = marked_figure(
        _panels(image, drawn, drawn.share, ()),
        held,
        columns,
        Scale(f"share of<br>{name}", (0.0, max(float(drawn.share.max()), 0.01))),
    )
    attention = marked_figure(
        _panels(overlay.grey(image), drawn, drawn.weights, (own,)),
        asked,
        columns,
        Scale("attention", (0.0, most), WEIGHT_SCALE),
    )
    return (
        Picture(
            share, f"The grids {state['grids']} over the picture, each cell an anchor coloured by its share of {name}."
        ),
        Picture(
            attention,
            f"The same anchors coloured by the attention of the marked position; the largest weight is {most:.3f}.",
        ),
    )


def _panels(
    image: NDArray[np.uint8], drawn: _Drawn, values: NDArray[np.floating], marks: tuple[Places, ...]
) -> list[Panel]:
    if not drawn.pooled:
        dots = Places("", drawn.places[0], drawn.places[1], values, size=9)
        return [Panel(f"{len(values)} random positions", image, places=(dots, *marks))]
    return anchor_panels(image, values, drawn.places, drawn.widths, marks)


LESSON = Lesson(
    order=2,
    title="What pyramid pooling samples",
    question="What does a position get to see when it may ask a few anchors only?",
    source="ANN, arXiv:1908.07678, eq. 8 to 10 and Fig. 4",
    setting="The map has 2048 positions. The asymmetric block pools it to grids of {grids} cells a side and lets every "
    "position ask these anchors only ({sampling}).",
    ask="How many anchors hold mostly {class}?",
    choices=("none", "one to five", "more than five"),
    controls=(
        class_control("class", "Class", "pole"),
        Control("grids", "Grids, cells a side", "select", _PYRAMIDS[0], options=_PYRAMIDS),
        Control("sampling", "Anchors are", "select", _POOLED, options=(_POOLED, _DRAWN)),
        ACROSS,
        DOWN,
        SCENE,
    ),
    run=run,
    explanation=(
        "1 + 9 + 36 + 64 = 110 anchors stand for 2048 positions: 110 comparisons for each, whatever the map's size.",
        "An anchor is the mean of its cell. What fills a cell is handed on as it is; what is thinner than a cell is "
        "mixed with its surroundings, and no anchor speaks for it alone.",
        "Random positions can land on a thin thing, but on most of them none does, and the next picture has others.",
    ),
    beware=(
        "That the network cannot find poles: the block's output joins its input, which still has every position.",
        "That attention explains the answer: it says whose value was summed, not what that value did.",
    ),
    notes=(
        "Ask for road before pole: the class sees at once what an anchor can stand for.",
        "Let them add up 1, 9, 36, 64 themselves before the number is shown.",
        "The weights are those of the trained network's query and key, sampled by the same part that the network uses.",
    ),
)
