"""A lesson on one page: predict, then run with the sliders, then explain."""

from __future__ import annotations

import streamlit as st

from apps.components.controls import draw_control
from apps.lessons import Lesson, Outcome, lessons
from apps.sections import lesson_state as at
from apps.sections.view_body import show_figure

_ASIDE = 0.24  # share of the width for sliders and prediction


def show_lesson(name: str, lesson: Lesson) -> None:
    """Header, the step that the reader is at, notes for the teacher."""
    _header(name, lesson)
    if at.step(name) == at.STEPS[0]:
        ask(name, lesson)
    else:
        _answer(name, lesson)
    with st.expander("Notes for the teacher"):
        st.markdown("\n".join(f"- {note}" for note in lesson.notes))
        st.caption(f"Source: {lesson.source}. A link for the class, which opens at the prediction with these settings:")
        st.code(at.link(name, st.context.url or ""), language=None)


def ask(name: str, lesson: Lesson) -> None:
    """The prediction, which the reader commits to before anything is shown."""
    state = at.values(name)
    st.markdown(lesson.setting.format(**state))
    choice = st.radio(
        f"**{lesson.ask.format(**state)}**",
        range(len(lesson.choices)),
        index=None,
        key=f"lesson.{name}.choice",
        format_func=lambda index: lesson.choices[index].format(**state),
    )
    st.button(
        "Commit and run",
        key=f"lesson.{name}.commit",
        type="primary",
        disabled=choice is None,
        on_click=at.commit,
        args=(name, choice),
    )


def controls(name: str, lesson: Lesson, shown: slice = slice(None)) -> None:
    """The sliders; those that are not drawn keep their value."""
    for control in lesson.controls:
        st.session_state.setdefault(at.key(name, control.key), control.default)
    for control in lesson.controls[shown]:
        draw_control(at.key(name, control.key), control)


def outcome(name: str, lesson: Lesson) -> Outcome | None:
    """What comes out at these settings; where there is nothing, a sentence that says why."""
    try:
        with st.spinner("Computing …", show_time=True):
            return lesson.run(at.values(name))
    except ValueError as error:
        st.info(str(error))
        return None


def verdict(name: str, lesson: Lesson, result: Outcome) -> None:
    """The prediction beside what came out."""
    state, choice = at.values(name), at.guess(name)
    found = lesson.choices[result.holds].format(**state)
    if choice is None:
        st.info(f"**{found}.** {result.because}")
    elif choice == result.holds:
        st.success(f"You predicted **{found}**, and so it is. {result.because}", icon=":material/check:")
    else:
        predicted = lesson.choices[choice].format(**state)
        words = f"You predicted **{predicted}**. At these settings: **{found}**. {result.because}"
        st.warning(words, icon=":material/lightbulb:")


def _header(name: str, lesson: Lesson) -> None:
    title, back, other, presenter = st.columns([0.52, 0.14, 0.14, 0.2], vertical_alignment="center")
    title.markdown(f"### {lesson.order} · {lesson.title}")
    back.button("All lessons", key="lesson.all", on_click=at.choose, args=("",), width="stretch")
    following = next_lesson(name)
    other.button("Next lesson", key="lesson.next", on_click=at.choose, args=(following,), width="stretch")
    presenter.toggle("Presenter mode", key=at.PRESENTER)
    st.markdown(f"**{lesson.question}**")


def next_lesson(name: str) -> str:
    """The lesson behind this one; empty, which is the overview, behind the last."""
    names = list(lessons())
    return names[names.index(name) + 1] if name != names[-1] else ""


def _answer(name: str, lesson: Lesson) -> None:
    aside, main = st.columns([_ASIDE, 1 - _ASIDE], gap="medium")
    with aside:
        controls(name, lesson)
    with main:
        result = outcome(name, lesson)
    if result is None:
        return
    with aside:
        if at.step(name) != at.STEPS[2]:
            st.button("Explain", key=f"lesson.{name}.explain", type="primary", on_click=at.go, args=(name, at.STEPS[2]))
        st.button("Predict again", key=f"lesson.{name}.again", on_click=at.go, args=(name, at.STEPS[0]))
    with main:
        verdict(name, lesson, result)
        if at.step(name) == at.STEPS[2]:
            _explanation(lesson)
        for column, number in zip(st.columns(len(result.numbers)), result.numbers, strict=True):
            column.metric(number.name, number.text, help=number.explanation or None)
        for index, picture in enumerate(result.pictures):
            show_figure(picture.figure, f"lesson.{name}.figure.{index}", alt=picture.alt)


def _explanation(lesson: Lesson) -> None:
    with st.container(border=True):
        why, beware = st.columns([0.6, 0.4], gap="medium")
        why.markdown("**Why**\n\n" + "\n\n".join(lesson.explanation))
        beware.markdown("**What not to conclude**\n\n" + "\n".join(f"- {sentence}" for sentence in lesson.beware))
