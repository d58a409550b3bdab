"""The lessons: an overview, and the lesson that the address or the reader chose; a presenter mode for a room."""

from __future__ import annotations

import streamlit as st

from apps.components.words import plain
from apps.lessons import Lesson, lessons
from apps.lessons._lesson import MINUTES
from apps.sections import lesson_state as at
from apps.sections.lesson_body import show_lesson
from apps.sections.lesson_screen import show_screen


def page() -> None:
    """Draw the page."""
    at.restore()
    for sentence in st.session_state.get(at.COMPLAINTS, ()):
        st.warning(plain(sentence))
    name = st.session_state.get(at.LESSON, "")
    if not name:
        _overview()
    elif st.session_state.get(at.PRESENTER):
        show_screen(name, lessons()[name])
    else:
        show_lesson(name, lessons()[name])
    at.remember()


def _overview() -> None:
    found = lessons()
    st.markdown(f"### {len(found)} lessons of {MINUTES} minutes")
    st.markdown("Each in three steps: **predict** what will come out, **run** it with the sliders, **explain** it.")
    st.toggle("Presenter mode: large type, one idea a screen", key=at.PRESENTER)
    columns = st.columns(2, gap="large")
    half = -(-len(found) // 2)
    for index, (name, lesson) in enumerate(found.items()):
        with columns[index // half], st.container(border=True, gap="xxsmall"):
            _entry(name, lesson)


def _entry(name: str, lesson: Lesson) -> None:
    st.button(
        f"{lesson.order} · {lesson.title}",
        key=f"lesson.open.{name}",
        on_click=at.choose,
        args=(name,),
        type="tertiary",
        icon=":material/school:",
    )
    st.markdown(lesson.question)
