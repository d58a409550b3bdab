"""Work that takes seconds: how far it is, and a button that ends it.

Whatever a reader presses ends the running script at the next thing that it shows. So work that tells how far it is ends
within one of its steps, letting go of its locks on the way; the button makes sure that it is not begun again at once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

import streamlit as st

Told = Callable[[float, str], object]
Result = TypeVar("Result")


def cancellable(name: str, question: Hashable, words: str, work: Callable[[Told], Result]) -> Result | None:
    """What the work finds; None where the reader has cancelled it, which the page then says.

    Args:
        name: of the place on the page, which its widgets are called by.
        question: what is computed; another one begins by itself.
        words: what is being done, for people.
        work: is given what to tell of its progress: the share that is done, 0..1, and words. Until it tells something
            nothing is shown, so an answer that is at hand shows no bar.
    """
    key = f"cancelled.{name}"
    if st.session_state.get(key) == question:
        row = st.container(horizontal=True, vertical_alignment="center")
        row.info(f"{words.rstrip(' …')}: cancelled.")
        row.button("Compute it", key=f"resume.{name}", on_click=st.session_state.pop, args=(key, None))
        return None
    st.session_state.pop(key, None)
    told = _Bar(name, question, words)
    try:
        found = work(told)
    except ValueError:
        told.clear()
        raise
    told.clear()
    return found


class _Bar:
    """The bar and the button, from the first word on."""

    def __init__(self, name: str, question: Hashable, words: str) -> None:
        self._name, self._question, self._words = name, question, words
        self._place = st.empty()
        self._bar = None

    def __call__(self, share: float, words: str = "") -> None:
        text = f"{self._words} {words}".rstrip()
        if self._bar is None:
            row = self._place.container(horizontal=True, vertical_alignment="center")
            self._bar = row.progress(0.0, text)
            row.button(
                "Cancel",
                key=f"cancel.{self._name}",
                on_click=_cancel,
                args=(self._name, self._question),
                width="content",
            )
        self._bar.progress(min(max(share, 0.0), 1.0), text)

    def clear(self) -> None:
        """Take both away."""
        if self._bar is not None:
            self._place.empty()


def _cancel(name: str, question: Hashable) -> None:
    st.session_state[f"cancelled.{name}"] = question
