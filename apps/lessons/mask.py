"""Why a mask sharpens large objects."""

from __future__ import annotations

import numpy as np

from apps.lessons._lesson import Lesson, Outcome, Picture, State
from apps.lessons._pictures import COLORS, NAMES, SCENE, class_control, look, scene
from gald_viz.analysis.resize import nearest_labels
from gald_viz.analysis.teach_anchors import one_hot
from gald_viz.analysis.teach_mask import GateSteps, gate_steps, profile, widest_row
from gald_viz.figures import overlay, theme
from gald_viz.figures.charts import Axis, Series, dots_figure, lines_figure
from gald_viz.figures.marked import Panel, Scale, marked_figure
from gald_viz.figures.palette import css
from gald_viz.figures.sheet import Heading
from gald_viz.probes.parts import average_gate, window_average
from gald_viz.types import Control, Number

_NETWORK = "scenes-cgnl-ldv1"
_CELLS = (64, 128)  # stride 4
_ALIKE = 0.3  # rank correlation below which size does not decide


def run(state: State) -> Outcome:
    """One channel a class, smoothed as by GA, and the mask that the project's LDv1 makes of it."""
    knobs = (("object_scale", state["scale"]),)
    sample = scene(state["scene"], knobs=knobs)
    labels = nearest_labels(sample.label, _CELLS)
    context = window_average(one_hot(labels, len(NAMES)), int(state["window"]))
    mask = average_gate(context, int(state["depth"]))
    steps = gate_steps(mask, labels)
    trained = look(_NETWORK, state["scene"], ("ld.mask",), knobs).stages["ld.mask"].mean(axis=0)
    own = gate_steps(trained[None], nearest_labels(sample.label, trained.shape))
    large, small = _halves(steps)
    numbers = (
        Number("rank correlation of step and size", steps.spearman, "", "Spearman, over the objects of the scene."),
        Number("gate step, larger half", large, "", "Mean gate inside minus mean gate around, larger half of objects."),
        Number("gate step, smaller half", small, "", "The same for the smaller half."),
        Number("objects", len(steps.area), "", "Connected regions of at least 4 cells."),
        Number("the same in a trained mask", own.spearman, "", f"{_NETWORK}, mean over its channels, ring of 2 cells."),
    )
    return Outcome(
        pictures=(_steps(steps, state), _masks(state, sample.image, mask), _profile(state, context, mask, labels)),
        numbers=numbers,
        holds=0 if steps.spearman > _ALIKE else 1 if steps.spearman < -_ALIKE else 2,
        because=f"The gate is {large:.3f} wider inside than around for the larger half of the objects, {small:.3f} for "
        f"the smaller half; rank correlation with the size {steps.spearman:.2f}.",
    )


def _halves(steps: GateSteps) -> tuple[float, float]:
    if len(steps.area) < 2:
        return float("nan"), float("nan")
    order = np.argsort(steps.area, kind="stable")
    half = len(order) // 2
    return float(steps.step[order[half:]].mean()), float(steps.step[order[:half]].mean())


def _steps(steps: GateSteps, state: State) -> Picture:
    series = []
    for kind in np.unique(steps.class_id):
        chosen = steps.class_id == kind
        words = [
            f"{NAMES[kind]}, {a:,} cells: {s:.3f}" for a, s in zip(steps.area[chosen], steps.step[chosen], strict=True)
        ]
        series.append(Series(NAMES[kind], steps.area[chosen], steps.step[chosen], words, css(COLORS[kind])))
    subtitle = (
        f"one value for {2 ** int(state['depth'])} × {2 ** int(state['depth'])} cells; Spearman {steps.spearman:.2f}"
    )
    figure = dots_figure(
        series,
        Axis("size of the object [cells]", log=True),
        Axis("gate inside minus gate around"),
        Heading("A mask can lift a large object out of its surroundings", subtitle),
    )
    return Picture(figure, f"Scatter of gate step against size of each object: {subtitle}.")


def _masks(state: State, image: np.ndarray, mask: np.ndarray) -> Picture:
    gate = mask[NAMES.index(state["class"])]
    limits = (0.5, max(float(gate.max()), 0.51))
    figure = marked_figure(
        (Panel("the picture", image), Panel(f"gate of the channel {state['class']}", overlay.grey(image), gate)),
        Heading(
            f"The mask of one channel, {state['class']}",
            f"sigmoid behind a ReLU: between 0.5 and 1; here {gate.min():.2f} to {gate.max():.2f}",
        ),
        scale=Scale("gate M", limits),
    )
    return Picture(
        figure, f"The picture beside the gate of {state['class']}, from {gate.min():.2f} to {gate.max():.2f}."
    )


def _profile(state: State, context: np.ndarray, mask: np.ndarray, labels: np.ndarray) -> Picture:
    kind = NAMES.index(state["class"])
    row = widest_row(labels, kind)
    line = profile(context, mask, labels, kind, len(labels) // 2 if row is None else row)
    series = [
        Series("the class itself", line.column, line.truth, color="#98a1b0"),
        Series("context", line.column, line.context, color=theme.ACCENT),
        Series("gate M", line.column, line.gate, color="#2aa7a0"),
        Series("context · (1 + M)", line.column, line.gated, color=theme.SECOND),
    ]
    lift = float(line.gated.max() / line.context.max()) if line.context.max() > 0 else float("nan")
    words = f"row of its widest object; the mask lifts the highest context {lift:.2f} times, 1.5 times for M = 0.5"
    words = words if row is not None else f"there is no {state['class']} in this scene"
    figure = lines_figure(
        series, Axis("cells from the left"), Axis("value"), Heading(f"One row through {state['class']}", words)
    )
    return Picture(figure, f"Lines of context, gate and gated context along one row: {words}.")


LESSON = Lesson(
    order=5,
    title="Why a mask sharpens large objects",
    question="For which objects can LDv1 open its gate, apart from what surrounds them?",
    source="GALD BMVC, arXiv:1909.07229, eq. 1 and 2; TIP, section III.B",
    setting="Global aggregation has smeared every class over {window} × {window} cells. The mask is made on a map that "
    "was shrunk {depth} times by half, and resized back.",
    ask="Inside which objects does the gate open wider than right around them?",
    choices=("the larger the object, the more", "the smaller the object, the more", "size does not decide"),
    controls=(
        Control("depth", "Halvings before the mask", "slider", 3, minimum=1, maximum=5),
        Control("window", "GA smears over, cells", "slider", 5, minimum=1, maximum=15, step=2),
        class_control("class", "Channel to look at", "truck"),
        Control("scale", "Objects are larger by", "slider", 1.0, minimum=0.5, maximum=2.0, step=0.25),
        SCENE,
    ),
    run=run,
    explanation=(
        "A map shrunk d times has one value for d × d cells. An object that fills many of them gets values of "
        "its own; one that is smaller shares its value with its surroundings, and the gate is as wide around it "
        "as inside.",
        "The gate multiplies: context · (1 + M). Where M differs between inside and outside, the step at the border of "
        "the object grows; where it does not, both sides are lifted alike and nothing is sharpened.",
        "So large objects stand out more, and small ones are left as they are: the paper's hope is that these live on "
        "in the residual. Set the halvings to 1, and the small ones get a gate as well.",
    ),
    beware=(
        "That a trained mask does the same: here nothing is learned. The last number says what a trained one does, and "
        "its 128 channels are no classes.",
        "That a wide gate is a good one: whether the answer gets better is another question, which the error map asks.",
    ),
    notes=(
        "Average pooling is one of three ways to shrink in Table II (a) of the TIP paper; the learned one does better.",
        "Ask why no value lies below 0.5 (the published code has a ReLU before the sigmoid).",
        "Compare the first with the last number, and let the class explain why they need not agree.",
    ),
)
