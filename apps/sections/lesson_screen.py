"""A lesson for a room: large type, one idea a screen, nothing else on it."""

from __future__ import annotations

import streamlit as st

from apps.lessons import Lesson, Outcome
from apps.sections import lesson_state as at
from apps.sections.lesson_body import ask, controls, next_lesson, outcome, verdict
from apps.sections.view_body import show_figure
from gald_viz.figures.enlarge import enlarged

_TYPE = 1.55  # times the type of a figure on a page
_TALLEST = 560  # pixels of a figure: it stands on one screen with its number
_SLIDERS = 2  # those that the lesson is about
_STYLE = """<style>
html { font-size: 23px !important; }
[data-testid="stHeader"], [data-testid="stSidebar"] { display: none; }
[data-testid="stMainBlockContainer"] { padding-top: 1rem; padding-bottom: 0.5rem; }
[data-testid="stMetricLabel"] p { font-size: 0.85rem; }
</style>"""

# Where there is nothing but text, the text may be as large as it fits.
_READING = """<style>
[data-testid="stMarkdownContainer"] p, [data-testid="stMarkdownContainer"] li { font-size: 1.3rem; line-height: 1.4; }
[data-testid="stMarkdownContainer"] h2 { font-size: 1.7rem; }
</style>"""

Place = tuple[str, int]


def show_screen(name: str, lesson: Lesson) -> None:
    """The screen that the presenter is at, and the way to the next."""
    step, pictures = at.step(name), 1
    st.html(_STYLE if step == at.STEPS[1] else _STYLE + _READING)
    if step == at.STEPS[0]:
        st.markdown(f"## {lesson.order} · {lesson.title}\n\n{lesson.question}")
        ask(name, lesson)
    elif step == at.STEPS[1]:
        pictures = _run(name, lesson)
    elif at.part(name) == 0:
        st.markdown("## Why\n\n" + "\n\n".join(lesson.explanation))
    else:
        st.markdown("## What not to conclude\n\n" + "\n".join(f"- {sentence}" for sentence in lesson.beware))
    _way(name, pictures)


def _run(name: str, lesson: Lesson) -> int:
    """One picture with its number beside the sliders; returns how many pictures there are."""
    aside, main = st.columns([0.28, 0.72], gap="medium")
    with aside:
        controls(name, lesson, slice(_SLIDERS))
    with main:
        result = outcome(name, lesson)
    if result is None:
        return 1
    with main:
        _picture(name, result)
    with aside:
        first = result.numbers[0]
        st.metric(first.name, first.text)
    verdict(name, lesson, result)
    return len(result.pictures)


def _picture(name: str, result: Outcome) -> None:
    index = min(at.part(name), len(result.pictures) - 1)
    picture = result.pictures[index]
    figure = enlarged(picture.figure, _TYPE)
    figure.update_layout(height=min(figure.layout.height, _TALLEST))
    show_figure(figure, f"lesson.{name}.screen.{index}", alt=picture.alt)


def _way(name: str, pictures: int) -> None:
    before, after = _around((at.step(name), at.part(name)), pictures)
    back, forward, _, leave = st.columns([0.18, 0.22, 0.32, 0.28])
    if before is not None:
        back.button(
            "← Back", key="lesson.back", on_click=at.go, args=(name, *before), shortcut="PageUp", width="stretch"
        )
    if after is not None:
        forward.button(
            "Next →",
            key="lesson.forward",
            type="primary" if at.step(name) != at.STEPS[0] else "secondary",
            on_click=at.go,
            args=(name, *after),
            shortcut="PageDown",
            width="stretch",
        )
    else:
        forward.button("Next lesson", key="lesson.next", on_click=at.choose, args=(next_lesson(name),), width="stretch")
    leave.toggle("Presenter mode", key=at.PRESENTER)


def _around(place: Place, pictures: int) -> tuple[Place | None, Place | None]:
    """The screens before and behind this one: prediction, each picture, why, what not to conclude."""
    predict, run, explain = at.STEPS
    step, part = place
    if step == predict:
        return None, (run, 0)
    if step == run:
        part = min(part, pictures - 1)
        before = (run, part - 1) if part else (predict, 0)
        return before, (run, part + 1) if part + 1 < pictures else (explain, 0)
    return ((run, 0), (explain, 1)) if part == 0 else ((explain, 0), None)
