"""How an affinity hands context out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apps.lessons._lesson import Lesson, Outcome, Picture, State
from apps.lessons._pictures import ACROSS, COLORS, DOWN, NAMES, SCENE, Scene, look, scene
from gald_viz.analysis.affinity import PixelAffinity, affinity_of_pixel
from gald_viz.analysis.regions import boundary_band
from gald_viz.analysis.resize import nearest_labels
from gald_viz.analysis.teach_affinity import cell_means, colour_operands, equal_shares, own_class_share
from gald_viz.figures import overlay
from gald_viz.figures.affinity import AffinityStyle, affinity_figure
from gald_viz.figures.marked import Panel, Scale, marked_figure
from gald_viz.figures.palette import class_entries, ids_in
from gald_viz.figures.sheet import Heading
from gald_viz.probes.parts import local_affinity
from gald_viz.types import Control, Number
from models.distribution.window import Window

_NETWORK = "scenes-aspp-ldv2"
_COLOURS, _TRAINED = "colours of the cells", f"trained features, {_NETWORK}"
_CELLS = (64, 128)
_BETA = 100.0  # scores of colours at sharpness 1
_ALIKE = 0.02  # share of the weight


def run(state: State) -> Outcome:
    """Scores and softmax of the project's own operator, on colours or on the trained query and key."""
    sample, window = scene(state["scene"]), Window(int(state["kernel"]), int(state["dilation"]))
    affinity = affinity_at(state, window)
    labels = nearest_labels(sample.label, affinity.shape[1:])
    own = own_class_share(affinity, labels, window.dilation)
    equal = own_class_share(equal_shares(window.kernel, labels.shape), labels, window.dilation)
    edge = boundary_band(labels, 1)
    gained, fair = float(own[edge].mean()), float(equal[edge].mean())
    height, width = sample.label.shape
    pixel = min(state["x"] * width // 100, width - 1), min(state["y"] * height // 100, height - 1)
    here = affinity_of_pixel(affinity, pixel, sample.label, window.dilation)
    numbers = (
        Number("weight on the own class, at boundaries", gained, "%", "Mean over the cells next to another class."),
        Number("the same with equal weights", fair, "%", "1/k² for every neighbour."),
        Number("weight on the own class here", here.share_own, "%", "At the marked position."),
        Number("entropy here", here.entropy, "nats", f"Equal weights have {np.log(window.samples):.2f}."),
    )
    gain = gained - fair
    return Outcome(
        pictures=(_weights(here, sample.image, window), _gain(sample, own - equal, gain)),
        numbers=numbers,
        holds=0 if gain > _ALIKE else 1 if gain < -_ALIKE else 2,
        because=f"At the boundaries {100 * gained:.1f} % of the weight lies on neighbours of the own class; equal "
        f"weights would put {100 * fair:.1f} % there.",
    )


def affinity_at(state: State, window: Window) -> NDArray[np.float32]:
    """(k*k, h, w) of the chosen operands, with the scores times the sharpness."""
    if state["source"] == _COLOURS:
        colours = cell_means(scene(state["scene"]).image, _CELLS)
        return local_affinity(*colour_operands(colours, _BETA * state["sharpness"]), window)
    seen = look(_NETWORK, state["scene"], ("ld.query", "ld.key")).stages
    scale = state["sharpness"] * seen["ld.query"].shape[0] ** -0.5
    return local_affinity(seen["ld.query"], seen["ld.key"], window, scale)


def _weights(here: PixelAffinity, image: NDArray[np.uint8], window: Window) -> Picture:
    words = f"{100 * here.share_own:.0f} % of the weight on the own class, {NAMES[here.own_class]}"
    style = AffinityStyle(max(float(here.weight.max()), 1e-6), zoom=True, dilation=window.dilation)
    figure = affinity_figure(image, here, NAMES, style, Heading("Where one position takes its context from", words))
    return Picture(figure, f"The {window.samples} neighbours of the marked position, coloured by weight: {words}.")


def _gain(sample: Scene, gain: NDArray[np.floating], mean: float) -> Picture:
    under = overlay.blend(sample.image, overlay.colorize(sample.label, COLORS), 0.75)
    words = f"mean over cells at a boundary {100 * mean:+.1f} points"
    figure = marked_figure(
        (
            Panel("classes", under, exact=True),
            Panel("more on the own class than equal weights", overlay.grey(sample.image), 100 * gain, opacity=0.8),
        ),
        Heading("Where the affinity prefers its own kind", words),
        scale=Scale("points", (-100 * 0.6, 100 * 0.6), "RdBu_r"),
        entries=class_entries(NAMES, COLORS, ids_in(sample.label)),
    )
    return Picture(figure, f"Map of the weight on the own class beyond equal weights, red is more: {words}.")


LESSON = Lesson(
    order=6,
    title="How an affinity hands context out",
    question="From which neighbours does a position take its context?",
    source="GALD TIP, eq. 6 to 8 and Fig. 9",
    setting="Every position asks {kernel} × {kernel} neighbours, {dilation} cells apart, how well their key meets its "
    "query ({source}); a softmax of the scores, times {sharpness}, says how much context each gives.",
    ask="At the boundaries between classes, how much of the weight lies on neighbours of the own class?",
    choices=("more than with equal weights", "less than with equal weights", "as much, within 2 points"),
    controls=(
        Control(
            "sharpness",
            "Scores times",
            "slider",
            1.0,
            minimum=0.0,
            maximum=4.0,
            step=0.1,
            help="0: all neighbours equal; 1 on trained features: as trained, at its own k and dilation.",
        ),
        Control("source", "Query and key", "select", _COLOURS, options=(_COLOURS, _TRAINED)),
        Control("kernel", "k", "slider", 5, minimum=3, maximum=9, step=2),
        Control("dilation", "Dilation, cells", "slider", 3, minimum=1, maximum=6),
        ACROSS,
        DOWN,
        SCENE,
    ),
    run=run,
    explanation=(
        "The score says how alike two positions are, as far as query and key can tell; the softmax turns scores into "
        "shares. What a position receives is the sum of its neighbours' values by these shares.",
        "With scores times 0 every neighbour has exactly 1/k² and the sum is a blur. The sharper the scores, the "
        "more a position listens to its own kind, and a blur becomes a filter that stops at edges.",
        "With colours for query and key this is the bilateral filter; the network learns what to compare instead.",
    ),
    beware=(
        "That the own class is always preferred: choose the trained features and see what this network learned in half "
        "an hour of training.",
        "That weight is influence: a value of nothing, weighted with one half, adds nothing.",
    ),
    notes=(
        "Start at scores times 0 and let the class say what every cell of the grid must be (1/k²).",
        "Outside the map a neighbour has score and value 0 but keeps its share: put the position at the border.",
        "At scores times 1, k = 5 and dilation 3 the trained weights are those of the view Local affinity.",
    ),
)
