"""Names as text: plotly takes <b>, <a href=...> and the like for markup, and a file or a class may be called so."""

from __future__ import annotations

import html
import re
from typing import Any

import numpy as np

# What the figures write themselves: a line break, and a hover box without its second part.
_OWN = re.compile(r"<(?!br>|extra>|/extra>)")
_NEVER = frozenset({"source", "type", "uid"})  # never drawn as text; a source is a whole picture


def plain(text: str) -> str:
    """The text as plotly shows it letter by letter."""
    return html.escape(text, quote=False)


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
    if isinstance(value, np.ndarray) and value.dtype.kind in "OU":
        return np.array([without_markup(part) for part in value.ravel()], dtype=object).reshape(value.shape)
    return value
