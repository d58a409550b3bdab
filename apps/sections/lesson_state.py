"""Where a reader stands in a lesson: in the session, and in the address, so that a link leads to the same place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from apps.components import deep_link
from apps.components.controls import PREFIX
from apps.lessons import lessons

LESSON, PRESENTER = f"{PREFIX}lesson", f"{PREFIX}lesson.presenter"
STEPS = ("predict", "run", "explain")
_WRITTEN, COMPLAINTS = "lesson.written", "lesson.complaints"


def key(name: str, control: str) -> str:
    """Session key of a control of a lesson."""
    return f"{PREFIX}lesson.{name}.{control}"


def step(name: str) -> str:
    """One of STEPS."""
    return st.session_state.get(f"lesson.{name}.step", STEPS[0])


def part(name: str) -> int:
    """Which picture, or which page of the explanation, the presenter shows."""
    return st.session_state.get(f"lesson.{name}.part", 0)


def guess(name: str) -> int | None:
    """Index of the choice that the reader committed to."""
    return st.session_state.get(f"lesson.{name}.guess")


def go(name: str, to: str, to_part: int = 0) -> None:
    """Show another step of the lesson; back at the prediction the last one is forgotten."""
    st.session_state[f"lesson.{name}.step"] = to
    st.session_state[f"lesson.{name}.part"] = to_part
    if to == STEPS[0]:
        st.session_state[f"lesson.{name}.guess"] = None


def commit(name: str, choice: int) -> None:
    """Take the prediction, and show what comes out."""
    st.session_state[f"lesson.{name}.guess"] = choice
    go(name, STEPS[1])


def choose(name: str) -> None:
    """Open a lesson, or the overview for an empty name."""
    st.session_state[LESSON] = name


def values(name: str) -> dict[str, Any]:
    """Value of every control of a lesson."""
    return {c.key: st.session_state.get(key(name, c.key), c.default) for c in lessons()[name].controls}


def restore() -> None:
    """Take over what the address says, unless it is what this session wrote there itself."""
    given = st.query_params.to_dict()
    if not given or given == st.session_state.get(_WRITTEN):
        return
    st.session_state[COMPLAINTS] = []
    name = given.get("lesson", "")
    if name and name not in lessons():
        st.session_state[COMPLAINTS] = [f"There is no lesson {name!r}; there are {', '.join(lessons())}."]
        name = ""
    choose(name)
    st.session_state[PRESENTER] = given.get("presenter") == "1"
    if name:
        _restore_lesson(name, given)


def remember() -> None:
    """Write where the reader stands into the address."""
    name = st.session_state.get(LESSON, "")
    now = {"lesson": name} if name else {}
    if st.session_state.get(PRESENTER):
        now["presenter"] = "1"
    if name:
        committed = guess(name)
        now |= {} if step(name) == STEPS[0] else {"step": step(name)}
        now |= {} if not part(name) else {"part": str(part(name))}
        now |= {} if committed is None else {"guess": str(committed)}
        now |= deep_link.written(lessons()[name].controls, values(name))
    st.session_state[_WRITTEN] = now
    if st.query_params.to_dict() != now:
        st.query_params.from_dict(now)


def link(name: str, page: str) -> str:
    """Address of the lesson at its prediction, with these settings."""
    parameters = {"lesson": name, **deep_link.written(lessons()[name].controls, values(name))}
    return deep_link.address(page, parameters)


def _restore_lesson(name: str, given: Mapping[str, str]) -> None:
    lesson = lessons()[name]
    state, complaints = deep_link.read(lesson.controls, given)
    for control, value in state.items():
        st.session_state[key(name, control)] = value
    to, to_part, choice = given.get("step", STEPS[0]), given.get("part", "0"), given.get("guess", "")
    go(name, to if to in STEPS else STEPS[0], int(to_part) if to_part.isdecimal() and len(to_part) < 3 else 0)
    if choice.isdecimal() and int(choice) < len(lesson.choices) and step(name) != STEPS[0]:
        st.session_state[f"lesson.{name}.guess"] = int(choice)
    st.session_state[COMPLAINTS] = complaints
