"""How GA over-smooths thin things."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apps.lessons._lesson import Lesson, Outcome, Picture, State
from apps.lessons._pictures import COLORS, NAMES, SCENE, Scene, answer, coloured, look, scene
from gald_viz.analysis.teach_thickness import RecallByThickness, recall_by_thickness
from gald_viz.figures.charts import Axis, Series, lines_figure
from gald_viz.figures.marked import Panel, marked_figure
from gald_viz.figures.palette import class_entries, ids_in
from gald_viz.figures.sheet import Heading
from gald_viz.types import Control, Number

_NETWORKS = ("scenes-cgnl-ldv1", "scenes-aspp-ldv2")
_STAGES = {"FCN": "fcn.logits", "GA": "ga.logits", "GALD": "gald.logits"}
_THIN, _THICK = 8, 32  # px
_CLEARLY = 0.05  # recall


def run(state: State) -> Outcome:
    """One look of the network, read out behind FCN, GA and GALD."""
    knobs = (("pole_width", state["pole_width"]),)
    sample = scene(state["scene"], knobs=knobs)
    seen = look(state["network"], state["scene"], tuple(_STAGES.values()), knobs)
    predictions = {name: answer(seen.stages[stage], sample.label.shape) for name, stage in _STAGES.items()}
    fine = recall_by_thickness(predictions, sample.label, len(NAMES))
    thin, thick = ({name: fine.between(name, *ends) for name in _STAGES} for ends in ((0, _THIN), (_THICK, np.inf)))
    lost_thin, lost_thick = thin["FCN"] - thin["GA"], thick["FCN"] - thick["GA"]
    numbers = (
        *(Number(f"{name}: recall up to {_THIN} px", thin[name], "%") for name in _STAGES),
        *(Number(f"{name}: recall from {_THICK} px on", thick[name], "%") for name in _STAGES),
    )
    more = lost_thin - lost_thick
    return Outcome(
        pictures=(_curves(fine, state), _panels(sample, predictions, state)),
        numbers=numbers,
        holds=0 if more > _CLEARLY else 1 if more < -_CLEARLY else 2,
        because=f"From FCN to GA, things up to {_THIN} px lose {100 * lost_thin:.1f} points of recall, things from "
        f"{_THICK} px on lose {100 * lost_thick:.1f}. (A negative loss is a gain.)",
    )


def _curves(result: RecallByThickness, state: State) -> Picture:
    names = [f"{name}<br>{pixels:,} px" for name, pixels in zip(result.names(), result.pixels, strict=True)]
    series = [Series(name, names, 100 * recall) for name, recall in result.recall.items()]
    words = "; ".join(
        f"{name} {100 * recall[0]:.0f} % at its thinnest, {100 * recall[-1]:.0f} % at its thickest"
        for name, recall in result.recall.items()
    )
    figure = lines_figure(
        series,
        Axis("thickness of the labelled region, and pixels of such regions"),
        Axis("recall [%]", limits=(0, 102)),
        Heading(f"Recall against thickness, {state['network']}", words),
    )
    return Picture(figure, f"Three lines of recall against thickness: {words}.")


def _panels(sample: Scene, predictions: dict[str, NDArray[np.int64]], state: State) -> Picture:
    panels = [Panel("label", coloured(sample.label, sample.image), exact=True)]
    rates = []
    for name, ids in predictions.items():
        rates.append(f"{name} {100 * (ids == sample.label).mean():.1f} %")
        panels.append(Panel(name, coloured(ids, sample.image), exact=True))
    words = f"poles {state['pole_width']:.2f} m wide; right pixels: {', '.join(rates)}"
    entries = class_entries(NAMES, COLORS, ids_in(sample.label, *predictions.values()))
    figure = marked_figure(panels, Heading("The same network, read out at three stages", words), entries=entries)
    return Picture(figure, f"The label beside what FCN, GA and GALD answer; {words}.")


LESSON = Lesson(
    order=7,
    title="How GA over-smooths thin things",
    question="What does global context take from what is thin?",
    source="GALD TIP, section I and Fig. 8; BMVC, Fig. 5",
    setting="A trained network is read out at three places: before global aggregation (FCN), behind it (GA), and "
    "at its end (GALD). The scene has poles {pole_width} m wide.",
    ask="What loses most recall on the way from FCN to GA?",
    choices=("things up to 8 px thick", "things from 32 px on", "both alike, within 5 points"),
    controls=(
        Control("pole_width", "Width of the poles, m", "slider", 0.1, minimum=0.05, maximum=1.0, step=0.05),
        Control("network", "Network", "select", _NETWORKS[0], options=_NETWORKS),
        SCENE,
    ),
    run=run,
    explanation=(
        "GA mixes the features of a large window, or of the whole map, into every position. Large regions fill these "
        "windows, so a position on a pole is told mostly of what is around the pole.",
        "A large region hears of itself and loses little; what is thin loses more, as a rule: over-smoothing.",
        "LD decides position by position how much of this to take, and the last layers see the backbone's features as "
        "well: GALD can get thin things back, and its line says whether it does here.",
    ),
    beware=(
        "That GA is bad: it is read out by a classifier of its own that was trained for a few minutes on a "
        "frozen trunk; the network never has to live on it alone.",
        "That these numbers hold for photographs: scenes are drawings. On one scene a thin bin has few pixels, which "
        "stand under the axis.",
    ),
    notes=(
        "Raise the width of the poles and watch the first point of GA; posts move into another bin as they grow.",
        "Let the class find, in the second picture, one pole that GA lost and GALD has.",
        "The stage classifiers are 1×1 convolutions, trained with the trunk frozen; the card of each checkpoint "
        "says so.",
    ),
)
