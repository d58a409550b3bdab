"""gald recipes: how the papers train, and how the checkpoints that ship were trained."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from gald_viz.commands.report import Report, table
from models.config import to_dict

if TYPE_CHECKING:
    from models.recipes import Recipe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Names of recipes, all when there are none."""
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", help="only these, with every value (default: all)")


def run(arguments: argparse.Namespace) -> Report:
    """List the recipes; those that are named with every value of their configurations.

    Raises:
        ValueError: for a name that is no recipe.
    """
    from models.recipes import RECIPES, recipe

    chosen = {name: recipe(name) for name in arguments.recipes} or RECIPES
    rows = [_row(name, entry) for name, entry in chosen.items()]
    if arguments.recipes:
        return Report(rows, "\n\n".join(_text(row) for row in rows))
    return Report(rows, table([_line(row) for row in rows], ("name", "network", "data", "length", "after", "source")))


def _row(name: str, entry: Recipe) -> dict[str, Any]:
    from models.presets import PRESETS, preset
    from models.recipes import phases

    trained = entry.train is not None
    return {
        "name": name,
        "preset": entry.preset if trained else "",
        "system": PRESETS[entry.preset].system if trained else entry.preset,
        "source": entry.source,
        "phases": list(phases(name)),
        "after": entry.after,
        "note": entry.note,
        "data": to_dict(entry.data) if trained else {"name": entry.data.name, "split": entry.data.split},
        "train": to_dict(entry.train) if trained else None,
        "test": to_dict(entry.test) | {"output_stride": entry.test_stride} if trained else None,
        "model": to_dict(entry.model or preset(entry.preset).model) if trained else None,
    }


def _line(row: dict[str, Any]) -> dict[str, str]:
    train = row["train"]
    if train is None:
        length = "listed only"
    elif train["epochs"]:
        length = f"{train['epochs']} epochs"
    else:
        length = f"{train['iterations']} steps"
    data = f"{row['data']['name']} {row['data']['split']}"
    return row | {
        "network": row["preset"] or row["system"],
        "data": data,
        "length": length,
        "after": row["after"] or "-",
    }


def _text(row: dict[str, Any]) -> str:
    values = [
        {"field": key, "value": _shown(value)}
        for part in ("data", "train", "test", "model")
        for key, value in _flat(row[part] or {}, part)
        if not (key == "train.iterations" and row["train"]["epochs"])
    ]
    lines = [f"{row['name']}: {row['preset'] or row['system']}, {row['source']}"]
    lines += [f"phases: {' -> '.join(row['phases'])}"] if row["after"] else []
    lines += [f"note: {row['note']}"] if row["note"] else []
    return "\n".join([*lines, table(values, ("field", "value"))])


def _flat(values: dict[str, Any], prefix: str) -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for key, value in values.items():
        name = f"{prefix}.{key}"
        flat += _flat(value, name) if isinstance(value, dict) else [(name, value)]
    return flat


def _shown(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
