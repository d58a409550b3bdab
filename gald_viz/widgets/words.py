"""What widgets say: numbers and rows as HTML, and errors as sentences."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from math import isfinite
from typing import Any

import ipywidgets

from gald_viz.analysis.readout import ReadOut, class_name_of
from gald_viz.types import Number

_CELL = "padding: 1px 14px 1px 0; text-align: left"


@contextmanager
def told(status: ipywidgets.HTML, doing: str = "Computing …") -> Generator[None]:
    """Say what is done while the block runs, and a mistake that it finds as a sentence, not as a traceback.

    Args:
        status: where it is said; what an inner block has said stays.
        doing: empty where the block is too short for words.
    """
    working = f"<i>{escape(doing)}</i>" if doing else status.value
    status.value = working
    try:
        yield
    except ValueError as error:
        status.value = f"<b>{escape(str(error))}</b>"
    else:
        if doing and status.value == working:
            status.value = ""


def numbers_html(numbers: Sequence[Number]) -> str:
    """All numbers in a line; how each is computed shows when it is pointed at."""
    parts = (
        f'<span title="{escape(number.explanation)}" style="white-space: nowrap">'
        f"{escape(number.name)} <b>{escape(number.text)}</b></span>"
        for number in numbers
    )
    return " · ".join(parts)


def rows_html(rows: Sequence[Mapping[str, Any]]) -> str:
    """A table, each column's fractions to the same place; empty without rows."""
    if not rows:
        return ""
    places = {name: max(_places(row.get(name)) for row in rows) for name in rows[0]}
    head = "".join(f'<th style="{_CELL}">{escape(str(name))}</th>' for name in rows[0])
    lines = (
        "".join(f'<td style="{_CELL}">{escape(_said(value, places.get(name, 0)))}</td>' for name, value in row.items())
        for row in rows
    )
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<table style="border-collapse: collapse; line-height: 1.4"><tr>{head}</tr>{body}</table>'


def read_out_html(found: ReadOut, names: Sequence[str]) -> str:
    """Class, probability and entropy at a pixel by every stage, and the label."""
    known = found.label is not None and 0 <= found.label < len(names)
    rows = []
    for one in found.answers:
        row = {
            f"○ pixel ({found.pixel[0]}, {found.pixel[1]})": one.name,
            "class": class_name_of(names, one.class_id),
            "probability": f"{100 * one.probability:.0f} %",
            "entropy of ln K": "–" if one.entropy is None else f"{one.entropy:.2f}",
        }
        if known:
            right = "✓" if one.class_id == found.label else "✗"
            row["label"] = f"{right} {class_name_of(names, int(found.label or 0))}"
        rows.append(row)
    return rows_html(rows)


def _said(value: Any, places: int) -> str:
    if isinstance(value, float) and isfinite(value):
        return f"{value:,.{places}f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _places(value: Any) -> int:
    """Digits behind the point, as the view has rounded."""
    return len(str(value).partition(".")[2]) if isinstance(value, float) else 0
