"""gald zoo: the checkpoints that ship."""

from __future__ import annotations

import argparse
from typing import Any

from gald_viz.commands.report import Report, percent, table
from models import zoo

_DETECTION = {"voc_map50": "mAP@.5", "box_ap": "box AP", "mask_ap": "mask AP"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which kind of network."""
    parser.add_argument("--detectors", action="store_true", help="list the detectors instead of segmentation networks")


def run(arguments: argparse.Namespace) -> Report:
    """List name, data, preset, size and measured numbers."""
    rows = zoo.detector_listing() if arguments.detectors else zoo.listing()
    measured = _detection if arguments.detectors else _segmentation
    shown = [_described(row) | measured(row) for row in rows]
    columns = list(shown[0]) if shown else ["name", "data", "preset", "params [M]", "size [MB]"]
    return Report(rows, table(shown, columns))


def _described(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "data": row["data"],
        "preset": row["preset"],
        "params [M]": row["params"] / 1e6,
        "size [MB]": row["size_bytes"] / 1e6,
    }


def _segmentation(row: dict[str, Any]) -> dict[str, Any]:
    rates = {f"F {pixels} px": percent(rate) for pixels, rate in row["boundary_f"].items()}
    return {"mIoU": percent(row["miou"])} | rates


def _detection(row: dict[str, Any]) -> dict[str, Any]:
    return {title: percent(row[key]) for key, title in _DETECTION.items()}
