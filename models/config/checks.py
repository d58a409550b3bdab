"""Checks that the configurations make of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

VARIANTS = ("reference", "paper")


def check_choice(name: str, value: Any, allowed: Sequence[Any]) -> None:
    """Raise ValueError naming the value and the allowed set."""
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}, must be one of {list(allowed)}.")


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raise ValueError unless low <= value <= high."""
    if not low <= value <= high:
        raise ValueError(f"{name} is {value}, must lie in {low}..{high}.")
