"""Names and messages as text: a page's text is Markdown, and a file or a class may be called like a link in it."""

from __future__ import annotations

import re

import streamlit as st

# A picture in Markdown is loaded from where its name says; an underscore counts only at the edge of a word.
_MARKS = re.compile(r"[\\`*\[\]<$~]|(?<!\w)_|_(?!\w)")


def plain(text: str) -> str:
    """The text as Markdown shows it letter by letter."""
    return _MARKS.sub(lambda found: f"\\{found[0]}", text.replace("\n", " "))


def show_error(error: Exception) -> None:
    """What was refused, and why, as text."""
    st.error(plain(str(error)))
