"""Names as text: plotly takes <b>, <a href=...> and the like for markup, and a file or a class may be called so."""

from __future__ import annotations

import html
import re
from typing import Any

import numpy as np
import plotly.graph_objects as go

# What the figures write themselves: a line break, and a hover box without its second part.
_OWN = re.compile(r"<(?!br>|extra>|/extra>)")
_LONGEST = 500  # letters of a text alternative
_NEVER = frozenset({"source", "type", "uid"})  # never drawn as text; a source is a whole picture


def plain(text: str) -> str:
    """The text as plotly shows it letter by letter."""
    return html.escape(text, quote=False)


def in_words(figure: go.Figure) -> str:
    """Heading and numbers of a figure as a sentence, for who cannot see it."""
    heading = re.sub(r"<br>", ". ", str(figure.layout.title.text or ""))
    panels = [str(note.text) for note in figure.layout.annotations if note.text and not note.showarrow]
    words = [re.sub(r"<[^>]*>", " ", part).strip() for part in (heading, "; ".join(panels))]
    return html.unescape(". ".join(filter(None, words)))[:_LONGEST]


def without_markup(value: Any) -> Any:
    """A part of a figure with every markup in its texts shown as text, but for line breaks.

    Args:
        value: plain values: mappings, sequences, arrays, texts, numbers.
    """
    if isinstance(value, str):
        return _OWN.sub("&lt;", value)
    if isinstance(value, dict):
        return {key: part if key in _NEVER else without_markup(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [without_markup(part) for part in value]
    if isinstance(value, np.ndarray) and value.dtype.kind == "U":
        # Thousands of pixels, a few names.
        written = {name: _OWN.sub("&lt;", name) for name in set(value.ravel().tolist())}
        if all(name == text for name, text in written.items()):
            return value
        return np.array([written[name] for name in value.ravel().tolist()], dtype=np.str_).reshape(value.shape)
    if isinstance(value, np.ndarray) and value.dtype.kind == "O":
        return np.array([without_markup(part) for part in value.ravel()], dtype=object).reshape(value.shape)
    return value
