"""Configurations as JSON, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints


def to_dict(config: Any) -> dict[str, Any]:
    """Nested plain dict of a config: tuples become lists, ready for JSON."""
    return json.loads(json.dumps(asdict(config)))


def from_dict(cls: type, values: Any) -> Any:
    """Rebuild a config from to_dict's output.

    Raises:
        ValueError: for values that are no mapping, a key that the class does not have, or a value that it refuses.
    """
    if not isinstance(values, Mapping):
        raise ValueError(f"{cls.__name__} is {values!r}, must be a mapping of its fields.")
    hints = get_type_hints(cls)
    unknown = sorted(set(values) - set(hints))
    if unknown:
        raise ValueError(f"{cls.__name__} has no field {unknown}; it has {sorted(hints)}.")
    return cls(**{key: _typed(f"{cls.__name__}.{key}", hints[key], value) for key, value in values.items()})


def _typed(name: str, hint: Any, value: Any) -> Any:
    if is_dataclass(hint):
        return from_dict(hint, value)
    if get_origin(hint) is tuple:
        if not isinstance(value, list | tuple):
            raise ValueError(f"{name} is {value!r}, must be a list.")
        return tuple(_typed(name, get_args(hint)[0], part) for part in value)
    if hint is float and type(value) is int:
        return float(value)
    if hint in (int, float, str, bool) and type(value) is not hint:
        raise ValueError(f"{name} is {value!r}, must be of type {hint.__name__}.")
    return value
