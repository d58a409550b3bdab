"""gald data: which data sets there are, and every image and label of one, read once."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from gald_viz.commands.report import Report, percent, table
from models.training.command import add_quiet

if TYPE_CHECKING:
    from models.data.classes import SegmentationData
    from models.data.detection.sample import DetectionData
    from models.registry import Registry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, the data set, its folder."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the data sets, their splits and layouts", allow_abbrev=False)
    check = actions.add_parser("check", help="read every pair, count pixels, list bad files", allow_abbrev=False)
    check.add_argument("name", help="data set; gald data list names them")
    check.add_argument("--root", help="its folder (default: NAME in the folder GALD_DATA)")
    check.add_argument("--split", help="part of the data set (default: train and val)")
    check.add_argument("--limit", type=int, default=0, metavar="INT", help="only so many images a split (default: all)")
    # Also behind the action, where one would write it; SUPPRESS keeps the one in front of it.
    for action in (listing, check):
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    add_quiet(check)


def run(arguments: argparse.Namespace) -> Report:
    """List the data sets, or check one; exit code 1 if an image or label is bad.

    Raises:
        ValueError: if the data set cannot be opened.
    """
    return _list() if arguments.action == "list" else _check(arguments)


def _list() -> Report:
    from models.data import DATASETS
    from models.data.detection import DETECTION_SETS

    rows = [
        {"name": name, "task": task, "splits": list(room.get(name).SPLITS), "layout": room.get(name).layout}
        for task, room in (("segmentation", DATASETS), ("detection", DETECTION_SETS))
        for name in room.names()
    ]
    shown = [row | {"splits": " ".join(row["splits"])} for row in rows]
    return Report(rows, table(shown, ("name", "task", "splits", "layout")))


def _check(arguments: argparse.Namespace) -> Report:
    from models.data.check import check_data

    found = {
        split: check_data(data, arguments.limit, progress=not arguments.quiet).to_json()
        for split, data in _open(arguments).items()
    }
    value = {"name": arguments.name, "splits": found}
    bad = any(result["bad"] for result in found.values())
    parts = [_text(split, part) for split, part in found.items()]
    others = [split for split in _room(arguments.name).get(arguments.name).SPLITS if split not in found]
    if others and not arguments.split:
        # A recipe may train on one of these: trainaug of voc, train_extra of cityscapes_coarse.
        parts.append(f"read: {', '.join(found)}; --split takes {', '.join(others)} too.")
    return Report(value, "\n\n".join(parts), int(bad))


def _room(name: str) -> Registry:
    """Where the data set is registered.

    Raises:
        ValueError: if there is none of this name.
    """
    from models.data import DATASETS
    from models.data.detection import DETECTION_SETS

    rooms = (DATASETS, DETECTION_SETS)
    found = next((room for room in rooms if name in room.names()), None)
    if found is None:
        raise ValueError(f"data set is {name!r}, must be one of {[known for room in rooms for known in room.names()]}.")
    return found


def _open(arguments: argparse.Namespace) -> dict[str, SegmentationData | DetectionData]:
    """The splits to check."""
    from models.data import DATASETS, open_data
    from models.data.detection import open_detection

    room = _room(arguments.name)
    if arguments.limit < 0:
        raise ValueError(f"limit is {arguments.limit}, must be >= 0; 0 reads all.")
    opened = open_data if room is DATASETS else open_detection
    available = room.get(arguments.name).SPLITS
    splits = [arguments.split] if arguments.split else [name for name in ("train", "val") if name in available]
    sets: dict[str, SegmentationData | DetectionData] = {}
    for split in splits or available:
        data = opened(arguments.name, arguments.root, split)
        # A folder that knows no splits is the same in each.
        if all(list(data.ids) != list(other.ids) for other in sets.values()):
            sets[split] = data
    return sets


def _text(split: str, found: dict[str, Any]) -> str:
    counted, lacking, lack = (
        ("pixels", "unlabelled", "without a label") if "pixels" in found else ("objects", "empty", "without an object")
    )
    total = sum(found[counted].values()) + found["ignored"]
    rows = [
        {"class": name, counted: count, "share [%]": percent(count / total) if total else None}
        for name, count in (found[counted] | {"(ignored)": found["ignored"]}).items()
    ]
    head = f"{split}: {found['images']} images, {len(found[lacking])} {lack}, {len(found['bad'])} bad"
    faults = [f"  {name}: {reason}" for name, reason in found["bad"].items()]
    return "\n".join([head, table(rows, ("class", counted, "share [%]")), *faults])
