"""gald zoo: the checkpoints that ship."""

from __future__ import annotations

import argparse

from gald_viz.commands.report import Report, percent, table
from models import zoo


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(arguments: argparse.Namespace) -> Report:
    """List name, data, preset, size and measured numbers."""
    rows = zoo.listing()
    shown = [
        {
            "name": row["name"],
            "data": row["data"],
            "preset": row["preset"],
            "params [M]": row["params"] / 1e6,
            "size [MB]": row["size_bytes"] / 1e6,
            "mIoU": percent(row["miou"]),
        }
        | {f"F {pixels} px": percent(rate) for pixels, rate in row["boundary_f"].items()}
        for row in rows
    ]
    columns = list(shown[0]) if shown else ["name", "data", "preset", "params [M]", "size [MB]", "mIoU"]
    return Report(rows, table(shown, columns))
