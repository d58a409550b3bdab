"""gald recipes: how the papers train, and how the checkpoints that ship were trained."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from gald_viz.commands.report import Report, table
from models.config import to_dict

if TYPE_CHECKING:
    from models.recipes import Recipe


_COLUMNS = ("name", "network", "data", "length", "batch", "lr", "crop", "after", "source")


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
    return Report(rows, table([_line(row) for row in rows], _COLUMNS))


def _row(name: str, entry: Recipe) -> dict[str, Any]:
    from models.presets import any_preset
    from models.recipes import phases

    network = any_preset(entry.preset)
    return {
        "name": name,
        "preset": entry.preset,
        "system": network.system,
        "source": entry.source,
        "phases": list(phases(name)),
        "after": entry.after,
        "note": entry.note,
        "data": to_dict(entry.data),
        "train": to_dict(entry.train),
        "test": to_dict(entry.test) | {"output_stride": entry.test_stride},
        "model": to_dict(entry.model or network.model),
    }


def _line(row: dict[str, Any]) -> dict[str, str]:
    train = row["train"]
    length = f"{train['epochs']} epochs" if train["epochs"] else f"{train['iterations']} steps"
    data = f"{row['data']['name']} {row['data']['split']}"
    return row | {
        "network": row["preset"],
        "data": data,
        "length": length,
        "batch": str(train["batch"]),
        "lr": f"{train['lr']:g}",
        # A detector looks at whole images.
        "crop": "-" if "rcnn" in row["model"] else "x".join(map(str, row["data"]["crop"])),
        "after": row["after"] or "-",
    }


def _text(row: dict[str, Any]) -> str:
    values = [
        {"field": key, "value": _shown(value)}
        for part in ("data", "train", "test", "model")
        for key, value in _flat(row[part], part)
        if not (key == "train.iterations" and row["train"]["epochs"])
    ]
    lines = [f"{row['name']}: {row['preset']}, {row['source']}"]
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
