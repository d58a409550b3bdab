"""Main area of the Attribution page: the map, its curves, and the sanity check, each with its numbers."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from apps import store
from apps.attributions import ITSELF, Question
from apps.sections.view_body import show_figure, show_numbers
from gald_viz.analysis.faithfulness import Faithfulness, Randomisation
from gald_viz.analysis.readout import class_name_of
from gald_viz.analysis.resize import bilinear
from gald_viz.figures.attribution import attribution_figure
from gald_viz.figures.faithfulness import curves_figure, randomisation_figure
from gald_viz.figures.sheet import Heading
from gald_viz.probes.attribution import GRADCAM, INTEGRATED, Attribution, Target
from gald_viz.types import Number

_BESIDE = 0.8
_MOST_GAP = 0.01  # of an integral that is close enough to be read


def show_attribution(found: Attribution, target: Target, picture: store.Picture, names: tuple[str, ...]) -> None:
    """The map over the image and what backs it."""
    name = class_name_of(names, target.class_index)
    numbers = attribution_numbers(found, target)
    words = " · ".join(f"{number.name} {number.text}" for number in numbers)
    unit = "gate" if found.method == ITSELF else "logit" if found.method == INTEGRATED else "GradCAM"
    pixels = int(target.region.sum())
    heading = Heading(f"{found.method} at {found.stage}: {name}, {pixels:,} px", words)
    figure = attribution_figure(picture.image, target.region, found.cells, unit, heading)
    show_figure(figure, "figure.attribution", 0.62)
    if found.method == GRADCAM and pixels == 1:
        st.caption(
            "GradCAM weighs whole channels, so for a single pixel it shows where such channels are active anywhere; "
            "integrated gradients say which cells the pixel rests on."
        )
    if not found.gap <= _MOST_GAP and not math.isnan(found.gap):
        st.caption(
            f"The map's sum misses the difference that it explains by {100 * found.gap:.1f} %: the integral needs more "
            "steps than it has, or the difference is close to zero."
        )


def attribution_numbers(found: Attribution, target: Target) -> tuple[Number, ...]:
    """The numbers that back the map."""
    positive = np.maximum(bilinear(found.cells, target.region.shape), 0)
    total = float(positive.sum())
    inside = float(positive[target.region].sum()) / total if total else float("nan")
    own = Number("inside the region", inside, "%", "Share of the positive map that lies on what is explained.")
    if found.method == ITSELF:
        return (own,)
    score = Number("logit", found.score, "", "Of the class, summed over what is explained.")
    if found.method != INTEGRATED:
        return score, own
    gap = Number("gap of the integral", found.gap, "%", "How far the map's sum is from what it is to explain.")
    return score, Number("at the baseline", found.reference, "", "The same with the stage at zero."), gap, own


def show_curves(result: Faithfulness, question: Question, place: str) -> None:
    """Curves, areas, and what random orders give."""
    numbers = curve_numbers(result)
    words = " · ".join(f"{number.name} {number.text}" for number in numbers[:2])
    heading = Heading(f"Is the map of {question.stage} faithful? Cells deleted in {place}", words)
    _beside(curves_figure(result, "probability of the class", heading), "figure.attribution.curves", numbers)
    st.caption(verdict(result))


def curve_numbers(result: Faithfulness) -> tuple[Number, ...]:
    """Areas under the curves and of their controls."""
    low, high = result.interval
    return (
        Number("deletion area", result.deletion.area, "", "Mean probability while cells go: lower is better."),
        Number("insertion area", result.insertion.area, "", "Mean probability while cells come: higher is better."),
        Number("uniform area", result.uniform.area, "", "The same share of every cell, deletion and insertion alike."),
        Number("random from", low, "", "One more random order lies above this with 97.5 %."),
        Number("random to", high, "", "One more random order lies below this with 97.5 %."),
    )


def verdict(result: Faithfulness) -> str:
    """Whether the map does better than chance, in one sentence."""
    low, high = result.interval
    words = []
    for name, better, worse in (
        ("Deletion", result.deletion.area < low, result.deletion.area > high),
        ("Insertion", result.insertion.area > high, result.insertion.area < low),
    ):
        said = "better than random orders" if better else "worse than them" if worse else "no better than chance"
        words.append(f"{name} is {said}")
    return f"{'; '.join(words)} ({len(result.random)} seeds, 95 % interval {low:.3f} to {high:.3f})."


def show_sanity(result: Randomisation, question: Question) -> None:
    """How alike the map stays."""
    last = float(result.spearman[-1])
    numbers = (
        Number("all shuffled", last, "", "Rank correlation with the map when every layer's weights are shuffled."),
        Number("absolute values", float(result.absolute[-1]), "", "The same of the absolute values."),
        Number("last layer shuffled", float(result.spearman[1]), "", f"Down to {result.layers[1]}."),
    )
    heading = Heading(
        f"{question.method} at {question.stage} with weights shuffled, the last layer first",
        f"rank correlation with all weights shuffled {numbers[0].text}; a map that explains the network falls to 0",
    )
    _beside(randomisation_figure(result, heading), "figure.attribution.sanity", numbers)


def _beside(figure, key: str, numbers: tuple[Number, ...]) -> None:
    picture, beside = st.columns([_BESIDE, 1 - _BESIDE], gap="small")
    with picture:
        show_figure(figure, key)
    with beside:
        show_numbers(numbers)
