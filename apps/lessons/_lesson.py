"""What a lesson is: predict, run, explain. One page draws them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from gald_viz.types import Control, Number

State = Mapping[str, Any]
MINUTES = 10


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure, and what it shows in one sentence for who cannot see it."""

    figure: go.Figure
    alt: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found.

    Attributes:
        pictures: the one that the lesson is about first.
        numbers: that back the pictures, the one that the prediction is about first.
        holds: index of the choice that these numbers bear out.
        because: the sentence that says so, with the numbers.
    """

    pictures: tuple[Picture, ...]
    numbers: tuple[Number, ...]
    holds: int
    because: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """One idea in ten minutes.

    Attributes:
        order: place in a class, from 1.
        title: a few words.
        question: what the lesson answers.
        source: paper and figure, table or equation.
        setting: what the reader is shown before he predicts, with {key} for the values of the controls.
        ask: the question that he answers first, with {key} likewise.
        choices: what he may answer, with {key} likewise.
        controls: the sliders; the same kind of knob as a view has.
        run: value of every control -> outcome; ValueError with a plain sentence where there is nothing to show.
        explanation: why it came out so, paragraphs.
        beware: what not to conclude, sentences.
        notes: for the teacher, sentences.
    """

    order: int
    title: str
    question: str
    source: str
    setting: str
    ask: str
    choices: tuple[str, ...]
    controls: tuple[Control, ...]
    run: Callable[[State], Outcome]
    explanation: tuple[str, ...]
    beware: tuple[str, ...]
    notes: tuple[str, ...]

    def defaults(self) -> dict[str, Any]:
        """Value of every control before anybody moves it."""
        return {control.key: control.default for control in self.controls}
