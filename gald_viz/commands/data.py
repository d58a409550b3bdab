"""gald data check: every image and label of a data set, read once."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from gald_viz.commands.report import Report, percent, table
from models.training.command import add_quiet

if TYPE_CHECKING:
    from models.data.classes import SegmentationData


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, the data set, its folder."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser("check", help="read every pair, count pixels, list bad files", allow_abbrev=False)
    check.add_argument("name", help="data set: camvid, folder or scenes")
    check.add_argument("--root", help="its folder (default: NAME in the folder GALD_DATA)")
    check.add_argument("--split", help="part of the data set (default: train and val)")
    check.add_argument("--limit", type=int, default=0, metavar="INT", help="only so many images a split (default: all)")
    # Also behind the action, where one would write it; SUPPRESS keeps the one in front of it.
    check.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    add_quiet(check)


def run(arguments: argparse.Namespace) -> Report:
    """Check; exit code 1 if an image or label is bad.

    Raises:
        ValueError: if the data set cannot be opened.
    """
    from models.data import DATASETS, open_data
    from models.data.check import check_data
    from models.data.subset import limited

    available = DATASETS.get(arguments.name).SPLITS
    splits = [arguments.split] if arguments.split else [name for name in ("train", "val") if name in available]
    sets: dict[str, SegmentationData] = {}
    for split in splits or available:
        data = limited(open_data(arguments.name, arguments.root, split), arguments.limit)
        # A folder that knows no splits is the same in each.
        if all(list(data.ids) != list(other.ids) for other in sets.values()):
            sets[split] = data
    found = {split: check_data(data, progress=not arguments.quiet) for split, data in sets.items()}
    value = {"name": arguments.name, "splits": {split: result.to_json() for split, result in found.items()}}
    bad = any(result.bad for result in found.values())
    return Report(value, "\n\n".join(_text(split, part) for split, part in value["splits"].items()), int(bad))


def _text(split: str, found: dict[str, Any]) -> str:
    labelled = sum(found["pixels"].values()) + found["ignored"]
    pixels = found["pixels"] | {"(ignored)": found["ignored"]}
    rows = [
        {"class": name, "pixels": count, "share [%]": percent(count / labelled) if labelled else None}
        for name, count in pixels.items()
    ]
    head = f"{split}: {found['images']} images, {len(found['unlabelled'])} without a label, {len(found['bad'])} bad"
    faults = [f"  {name}: {reason}" for name, reason in found["bad"].items()]
    return "\n".join([head, table(rows, ("class", "pixels", "share [%]")), *faults])
