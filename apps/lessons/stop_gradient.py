"""What a stop-gradient protects."""

from __future__ import annotations

import streamlit as st

from apps.lessons._lesson import Lesson, Outcome, Picture, State
from apps.lessons._pictures import SCENE, scene, segmenter
from gald_viz.figures import overlay
from gald_viz.figures.charts import Axis, Series, bars_figure
from gald_viz.figures.marked import Panel, Scale, marked_figure
from gald_viz.figures.sheet import Heading
from gald_viz.probes.gradients import GUIDING, STOPS, UPSAMPLER, GradientFlow, GradientProbe
from gald_viz.types import Control, Number

_NETWORK = "scenes-hfgd"
_SIZE = (128, 256)  # of the scene: a backward pass within a slider's move
_BACKBONE, _TOKENS = "backbone", "class tokens"
_AS_MUCH = 0.5


def run(state: State) -> Outcome:
    """One loss run backward through the trained network, with the chosen stop-gradients and without any."""
    free, stopped = (_flow(state["scene"], state["loss"], stop) for stop in ("none", state["stop"]))
    share = stopped.norms[_BACKBONE] / free.norms[_BACKBONE]
    numbers = (
        Number("gradient at the backbone", stopped.norms[_BACKBONE], "", "Euclidean norm over its parameters."),
        Number("without stop-gradients", free.norms[_BACKBONE], "", "The same loss, the same weights, the same scene."),
        Number("gradient at the class tokens", stopped.norms[_TOKENS]),
        Number("gradient at the upsampler", stopped.norms["upsampler"]),
        Number(f"loss of the {state['loss']}", stopped.loss, "nats", "A stop-gradient changes no value forward."),
    )
    exactly = "exactly 0" if stopped.norms[_BACKBONE] == 0 else f"{stopped.norms[_BACKBONE]:.3g}"
    return Outcome(
        pictures=(_bars(free, stopped, state), _pulls(free, stopped, state)),
        numbers=numbers,
        holds=2 if stopped.norms[_BACKBONE] == 0 else 0 if share > _AS_MUCH else 1,
        because=f"The norm of the gradient at the backbone is {exactly}, without stop-gradients "
        f"{free.norms[_BACKBONE]:.3g}; the loss is {stopped.loss:.4f} nats both times.",
    )


@st.cache_resource(max_entries=1, show_spinner=False)
def _probe() -> GradientProbe:
    return GradientProbe(segmenter(_NETWORK))


@st.cache_data(max_entries=64, show_spinner=False)
def _flow(number: int, loss: str, stop: str) -> GradientFlow:
    sample = scene(number, _SIZE)
    return _probe().flow(sample.image, sample.label, loss, stop)


def _bars(free: GradientFlow, stopped: GradientFlow, state: State) -> Picture:
    series = [
        Series(name, list(flow.norms), list(flow.norms.values()), [_words(norm) for norm in flow.norms.values()])
        for name, flow in (("without stop-gradients", free), (f"stop: {state['stop']}", stopped))
    ]
    subtitle = f"loss of the {state['loss']}, {stopped.loss:.4f} nats both times"
    figure = bars_figure(series, Axis("norm of the gradient"), Heading("Which parts this loss would train", subtitle))
    parts = ", ".join(f"{part} {_words(norm)}" for part, norm in stopped.norms.items())
    return Picture(figure, f"Bars of the gradient of each part; with stop {state['stop']}: {parts}.")


def _words(norm: float) -> str:
    return "0 exactly" if norm == 0 else f"{norm:.3g}"


def _pulls(free: GradientFlow, stopped: GradientFlow, state: State) -> Picture:
    under = overlay.grey(scene(state["scene"], _SIZE).image)
    most = max(float(free.pull.max()), 1e-12)
    panels = [
        Panel(title, under, 100 * flow.pull / most)
        for title, flow in (("without stop-gradients", free), (f"stop: {state['stop']}", stopped))
    ]
    words = f"largest {free.pull.max():.2e} without, {stopped.pull.max():.2e} with the stop"
    heading = Heading("Where the loss pulls at the backbone's finest level", words)
    figure = marked_figure(panels, heading, scale=Scale("gradient [%<br>of largest]", (0, 100)))
    return Picture(figure, f"Two maps of the gradient's size over the picture: {words}.")


LESSON = Lesson(
    order=10,
    title="What a stop-gradient protects",
    question="Whom does the loss of the upsampler train?",
    source="HFGD, sections 3.1 and 5.2, Table 3",
    setting="HFGD has two branches that share the class tokens: a guiding branch on the coarse context, and an "
    "upsampler that uses finer features. The loss of the {loss} runs backward; stop-gradients stand on: {stop}.",
    ask="How much of its gradient reaches the backbone?",
    choices=("more than half of what it would be without", "some, but less than half", "exactly none"),
    controls=(
        Control("stop", "Stop-gradients on", "select", "both", options=tuple(STOPS)),
        Control("loss", "Loss of the", "select", UPSAMPLER, options=(UPSAMPLER, GUIDING)),
        SCENE,
    ),
    run=run,
    explanation=(
        "A stop-gradient is the identity forward and zero backward. On the features that enter the upsampler it keeps "
        "backbone and context as the guiding branch wants them; on the tokens it keeps the classes' directions so.",
        "The upsampler must then learn to put fine features where the tokens already point, instead of moving "
        "the tokens to where its features happen to lie.",
        "The guiding branch's own loss is not stopped: it trains backbone, context and tokens, and no upsampler.",
    ),
    beware=(
        "That less gradient is worse or better by itself: on Pascal Context the paper has 48.50 mIoU without and 48.94 "
        "with the stop-gradients.",
        "That a small gradient is none: protected is what has exactly zero, and nothing less.",
    ),
    notes=(
        "Step through none, tokens, features, both, and let the class name the bar that disappears before each step.",
        "Ask why the loss has the same four digits every time.",
        "The network is the trained one that ships; its weights do not change here.",
    ),
)
