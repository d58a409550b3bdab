"""Command-line options made from configuration dataclasses.

A field becomes ``--its-name``, a field of a nested configuration ``--outer-inner``; the help is the field's line in the
docstring's Attributes. Options that are not given leave no trace, so that a preset or a recipe keeps its value.
"""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

Config = TypeVar("Config")

_ENTRY = re.compile(r" {4}(?P<names>\w+(?:, \w+)*):\s+(?P<text>.*)")


@dataclass(frozen=True)
class OptionNames:
    """How the fields of one configuration are called on the command line.

    Attributes:
        group: heading in the help, and the key under which ``given`` finds the values.
        renamed: field -> option without dashes, where the field's own name would not be understood.
        skipped: fields that get no option.
        default: said of every option's default, in place of the class's own value.
        title: heading in the help where it is not the group's name.
    """

    group: str
    renamed: Mapping[str, str] | None = None
    skipped: tuple[str, ...] = ()
    default: str = ""
    title: str = ""


def add_options(parser: argparse.ArgumentParser, cls: type, names: OptionNames) -> None:
    """Give the parser one option for each field of a configuration and of those nested in it.

    Args:
        parser: gets an argument group for every configuration.
        cls: dataclass whose fields are int, float, str, bool, tuples of these, or such dataclasses.
        names: heading, renamed and skipped fields.

    Raises:
        ValueError: if a field has another type.
    """
    group = parser.add_argument_group(names.title or names.group)
    hints, docs = get_type_hints(cls), attribute_docs(cls)
    for item in fields(cls):  # ty: ignore[invalid-argument-type]
        option = (names.renamed or {}).get(item.name, item.name)
        if item.name in names.skipped:
            continue
        if is_dataclass(hints[item.name]):
            renamed = {inner.name: f"{option}_{inner.name}" for inner in fields(hints[item.name])}
            nested = OptionNames(f"{names.group}.{item.name}", renamed, default=names.default)
            add_options(parser, hints[item.name], nested)
            continue
        default = names.default or ("none" if item.default is MISSING else _shown(item.default))
        group.add_argument(
            "--" + option.replace("_", "-"),
            dest=f"{names.group}.{item.name}",
            default=argparse.SUPPRESS,
            help=f"{docs.get(item.name, '').rstrip('.')} (default: {default})".strip().replace("%", "%%"),
            **_parsing(hints[item.name], item.name),
        )


def given(arguments: argparse.Namespace, group: str) -> dict[str, Any]:
    """Values of a group's options that stand on the command line, nested as the configuration is."""
    values: dict[str, Any] = {}
    for key, value in vars(arguments).items():
        if key.startswith(group + "."):
            *path, leaf = key.removeprefix(group + ".").split(".")
            place = values
            for part in path:
                place = place.setdefault(part, {})
            place[leaf] = value
    return values


def changed(config: Config, values: Mapping[str, Any]) -> Config:
    """The configuration with the given values instead of its own; it checks itself once, with all of them.

    Raises:
        ValueError: if the configuration refuses a value.
    """
    nested = {
        key: changed(getattr(config, key), value) if isinstance(value, Mapping) else value
        for key, value in values.items()
    }
    return replace(config, **nested)  # ty: ignore[invalid-argument-type]


def attribute_docs(cls: type) -> dict[str, str]:
    """Field -> its text in the Attributes section of a Google docstring, on one line, without backticks."""
    docs: dict[str, str] = {}
    names: list[str] = []
    _, _, section = inspect.cleandoc(cls.__doc__ or "").partition("Attributes:\n")
    for line in section.splitlines():
        if not line.startswith(" "):
            break
        entry = _ENTRY.fullmatch(line)
        if entry:
            names = entry["names"].split(", ")
        text = entry["text"] if entry else line.strip()
        docs |= {name: f"{docs.get(name, '')} {text}".strip().replace("``", "") for name in names}
    return docs


def _parsing(hint: Any, name: str) -> dict[str, Any]:
    """Keyword arguments of add_argument that read a value of this type."""
    if hint is bool:
        return {"action": argparse.BooleanOptionalAction}
    if hint in (int, float, str):
        return {"type": hint, "metavar": hint.__name__.upper()}
    if get_origin(hint) is tuple:
        inner = get_args(hint)
        count = None if inner[-1] is Ellipsis else len(inner)
        shown = inner[0].__name__.upper()
        return {"type": comma_list(inner[0], count), "metavar": ",".join([shown] * count) if count else f"{shown},..."}
    raise ValueError(f"field {name} has type {hint}; an option can be int, float, str, bool or a tuple of these.")


def comma_list(item: Callable[[str], Any], count: int | None = None) -> Callable[[str], tuple[Any, ...]]:
    """Reader of comma-separated values for argparse; an empty text is an empty tuple.

    Args:
        item: reads one value.
        count: how many there must be, any number when None.

    Raises:
        ArgumentTypeError: while reading, for another count or what is no such value.
    """

    def read(text: str) -> tuple[Any, ...]:
        parts = [part.strip() for part in text.split(",")] if text.strip() else []
        if count is not None and len(parts) != count:
            raise argparse.ArgumentTypeError(f"{text!r} has {len(parts)} values, give {count} with commas between.")
        try:
            return tuple(item(part) for part in parts)
        except ValueError as error:
            kind = getattr(item, "__name__", str(item))
            raise argparse.ArgumentTypeError(f"{text!r} is not a list of {kind} with commas between.") from error

    return read


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "none"
    return "none" if value == "" else str(value)
