"""What a command answers, for programs and for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Report:
    """Answer of a command.

    Attributes:
        value: plain values, printed with --json.
        text: printed without.
        code: exit code, 1 when the command found something wrong.
    """

    value: Any
    text: str
    code: int = 0


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Rows in aligned columns under their names; numbers to the right, a dash for what is missing."""
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    numeric = [bool(rows) and all(not isinstance(row.get(column), str) for row in rows) for column in columns]
    lines = [
        "  ".join(
            word.rjust(width) if right else word.ljust(width)
            for word, width, right in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in [list(columns), *cells]
    ]
    return "\n".join(lines)


def percent(rate: float | None) -> float | None:
    """A rate in 0..1 as per cent with two digits, None where it is undefined."""
    return None if rate is None else round(100 * rate, 2)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if isinstance(value, float) else str(value)
