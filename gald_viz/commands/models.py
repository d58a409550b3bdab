"""gald models: every preset with its cost and its place in the papers."""

from __future__ import annotations

import argparse
from typing import Any

from gald_viz.commands.report import Report, table
from models.presets import PRESETS, Preset, preset

PAPER_SIZE = (769, 769)
# Networks for two cores are counted at the size of a CamVid image.
SMALL_SIZE = (360, 480)
_SMALL = ("small-", "tiny-")
_CLASSES = 19


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Names of presets, all when there are none."""
    parser.add_argument("presets", nargs="*", metavar="PRESET", help="only these (default: all)")


def run(arguments: argparse.Namespace) -> Report:
    """Count parameters and MACs of each preset with 19 classes, without allocating a network.

    Raises:
        ValueError: for a name that is no preset.
    """
    from tqdm import tqdm

    chosen = {name: preset(name) for name in arguments.presets or PRESETS}
    rows = [_row(name, entry) for name, entry in tqdm(chosen.items(), desc="count", leave=False, disable=None)]
    shown = [
        row
        | {
            "params [M]": row["params"] / 1e6,
            "MACs [G]": row["macs"] / 1e9,
            "input": "x".join(map(str, row["input"])),
        }
        for row in rows
    ]
    return Report(rows, table(shown, ("name", "system", "params [M]", "MACs [G]", "input", "paper", "deviation")))


def _row(name: str, entry: Preset) -> dict[str, Any]:
    from models.evaluation.cost import cost

    size = SMALL_SIZE if name.startswith(_SMALL) else PAPER_SIZE
    found = cost(entry.model, size, _CLASSES)
    return {
        "name": name,
        "system": entry.system,
        "params": found.params,
        "params_aux": found.params_aux,
        "macs": found.macs,
        "input": list(found.size),
        "paper": entry.paper,
        "deviation": entry.deviation,
    }
