"""gald scale: what training the networks of the papers would cost, on paper."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from gald_viz.commands.report import Report, table

COLUMNS = (
    "preset",
    "data",
    "recipe",
    "crop",
    "batch",
    "steps",
    "GMACs",
    "EFLOP",
    "hours",
    "GiB state",
    "GiB image",
    "GiB",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Presets, the rate of the hardware, Markdown."""
    parser.add_argument("presets", nargs="*", metavar="PRESET", help="only these (default: one a system of the papers)")
    parser.add_argument(
        "--teraflops", type=float, default=100.0, metavar="FLOAT", help="sustained by all devices (default: 100)"
    )
    parser.add_argument("--markdown", action="store_true", help="print the table as docs/scaling.md has it")


def run(arguments: argparse.Namespace) -> Report:
    """Count.

    Raises:
        ValueError: for a name that is no preset, or a rate that is not above 0.
    """
    from models.evaluation.scale import FAMILIES, scale

    rows = scale(arguments.presets or FAMILIES, arguments.teraflops)
    lines = [_line(row) for row in rows]
    text = markdown(lines) if arguments.markdown else table(lines, COLUMNS)
    return Report({"teraflops": arguments.teraflops, "rows": rows}, text)


def markdown(lines: Sequence[Mapping[str, Any]]) -> str:
    """The table in Markdown."""
    cells = [[f"{value:.2f}" if isinstance(value, float) else str(value) for value in line.values()] for line in lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in [list(COLUMNS), ["---"] * len(COLUMNS), *cells])


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    values = (
        *(row["preset"], row["data"], row["recipe"] + (" (lent)" if row["lent"] else "")),
        *(row["crop"], row["batch"], row["steps"], row["gmacs"], row["exaflops"]),
        *(row["hours"], row["state_gib"], row["image_gib"], row["gib"]),
    )
    return dict(zip(COLUMNS, values, strict=True))
