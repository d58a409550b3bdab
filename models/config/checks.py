"""Checks that the configurations make of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

VARIANTS = ("reference", "paper")


def check_choice(name: str, value: Any, allowed: Sequence[Any]) -> None:
    """Refuse a value.

    Raises:
        ValueError: naming the value and the allowed set, if it is not one of them.
    """
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}, must be one of {list(allowed)}.")


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Refuse a value outside of low..high.

    Args:
        name: of the value, for the message.
        value: checked.
        low: smallest that is allowed.
        high: largest that is allowed.

    Raises:
        ValueError: naming the value and the range.
    """
    if not low <= value <= high:
        raise ValueError(f"{name} is {value}, must lie in {low}..{high}.")
