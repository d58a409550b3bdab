"""What is chosen in a linked picture, as the page's address has it: pixels, cells of a matrix, samples of a map."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

import numpy as np
import streamlit as st

LONGEST = 4000  # characters; of more than about twenty thousand samples a link keeps nothing


def mark_in_address(view: str, name: str, text: str) -> None:
    """Change a part of the address where only a part of the page runs again; other pages' addresses stay."""
    if st.query_params.get("view") == view and st.query_params.get(name, "") != text:
        if text:
            st.query_params[name] = text
        else:
            del st.query_params[name]


def pair_text(pair: tuple[int, int]) -> str:
    """A pixel (x, y), or a cell (row, column)."""
    return f"{pair[0]},{pair[1]}"


def read_pair(text: str) -> tuple[int, int] | None:
    """The same back, None of what is no pair."""
    first, _, second = text.partition(",")
    whole = all(part.isascii() and part.isdecimal() and len(part) < 7 for part in (first, second))
    return (int(first), int(second)) if whole else None


def samples_text(chosen: Sequence[int], count: int) -> str:
    """Numbers of the chosen samples of `count`: their count, and one bit each; empty for none, or far too many."""
    if not chosen:
        return ""
    bits = np.zeros(count, dtype=bool)
    bits[list(chosen)] = True
    text = f"{count}.{base64.urlsafe_b64encode(np.packbits(bits).tobytes()).decode().rstrip('=')}"
    return text if len(text) <= LONGEST else ""


def read_samples(text: str, count: int) -> tuple[int, ...]:
    """The same back; none where the text is of another number of samples or broken."""
    known, _, coded = text.partition(".")
    if known != str(count):
        return ()
    try:
        raw = base64.b64decode(coded + "=" * (-len(coded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return ()
    if len(raw) != -(-count // 8):
        return ()
    return tuple(np.flatnonzero(np.unpackbits(np.frombuffer(raw, np.uint8), count=count)).tolist())
