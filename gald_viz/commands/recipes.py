"""gald recipes: how the checkpoints that ship were trained."""

from __future__ import annotations

import argparse
from typing import Any

from gald_viz.commands.report import Report, table
from models.config import to_dict


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Names of recipes, all when there are none."""
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", help="only these (default: all)")


def run(arguments: argparse.Namespace) -> Report:
    """List the jobs of models.zoo.recipes with every value of their configurations.

    Raises:
        ValueError: for a name that is no recipe.
    """
    from models.zoo.recipes import job, names

    jobs = {name: job(name) for name in arguments.recipes or names()}
    rows = [{"name": name} | to_dict(found) for name, found in jobs.items()]
    return Report(rows, "\n\n".join(_text(row) for row in rows))


def _text(row: dict[str, Any]) -> str:
    values = [
        {"field": key, "value": _shown(value)}
        for part in ("data", "train", "model")
        for key, value in _flat(row[part], part)
    ]
    return f"{row['name']}: preset {row['preset']}\n{table(values, ('field', 'value'))}"


def _flat(values: dict[str, Any], prefix: str) -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for key, value in values.items():
        name = f"{prefix}.{key}"
        flat += _flat(value, name) if isinstance(value, dict) else [(name, value)]
    return flat


def _shown(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
