"""Knobs in the address: a link holds those that are not as they were made, and a bad one says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from gald_viz.types import Control


def written(controls: Sequence[Control], state: Mapping[str, Any]) -> dict[str, str]:
    """Key -> text of every control that does not stand at its default."""
    return {c.key: _text(state[c.key]) for c in controls if state[c.key] != c.default}


def read(controls: Sequence[Control], given: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """A value for every control, and a sentence for each text of the address that it does not allow."""
    state, complaints = {}, []
    for control in controls:
        state[control.key] = control.default
        if control.key in given:
            try:
                state[control.key] = _value(control, given[control.key])
            except ValueError as error:
                complaints.append(f"The link says {control.key}={given[control.key]}: {error}")
    return state, complaints


def address(page: str, parameters: Mapping[str, str]) -> str:
    """The page's address with these parameters, or without a host when the page is unknown."""
    return f"{page.partition('?')[0]}?{urlencode(parameters)}"


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _value(control: Control, text: str) -> Any:
    if control.kind == "select":
        found = [option for option in control.options if str(option) == text]
        if not found:
            raise ValueError(f"must be one of {', '.join(map(str, control.options))}; {control.default} is used.")
        return found[0]
    if control.kind == "toggle":
        return text.lower() in ("1", "true")
    kind = int if isinstance(control.default, int) else float
    try:
        value = kind(text)
        control.check(value)
    except ValueError:
        limits = f"{control.minimum:g} to {control.maximum:g}"
        raise ValueError(f"must be a number from {limits}; {control.default} is used.") from None
    return value
