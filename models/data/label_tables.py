"""What the values in a data set's label files mean: official classes from tables/NAME.csv, and values to train ids."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.data.classes import IGNORE, ClassSet
from models.data.images import Color, first_position


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        value: what label files hold for it.
        name: official name.
        color: official colour, or the one of the VOC devkit for this value where there is none.
        thing: whether it can be counted.
        group: the class that it counts to: itself, another one, or empty for ignored.
    """

    value: int
    name: str
    color: Color
    thing: bool
    group: str


@cache
def read_rows(table: str, value: str = "value") -> tuple[Row, ...]:
    """Rows of models/data/tables/TABLE.csv.

    Args:
        table: its name.
        value: column of the values in label files, where a data set has two encodings.
    """
    text = (resources.files("models.data") / "tables" / f"{table}.csv").read_text(encoding="utf-8")
    return tuple(_row(entry, value) for entry in csv.DictReader(text.splitlines()))


def devkit_color(index: int) -> Color:
    """Colour of a class in the VOC devkit: the bits of the index, three at a time, are the high bits of R, G, B."""
    channels = [0, 0, 0]
    for place in range(8):
        for channel in range(3):
            channels[channel] |= (index >> (3 * place + channel) & 1) << (7 - place)
    return channels[0], channels[1], channels[2]


@dataclass(frozen=True)
class LabelTable:
    """Classes of a data set, and the train id of every value that its label files may hold.

    Attributes:
        classes: train ids 0..K-1 and the ignore id.
        train_id: value in a label file -> train id or ignore id.
    """

    classes: ClassSet
    train_id: Mapping[int, int]

    def train_ids(self, values: NDArray[np.int64], path: Path) -> NDArray[np.int64]:
        """Train ids of a label file.

        Shape:
            values: (H, W) -> (H, W) int64

        Raises:
            ValueError: naming the first value that has no meaning in this data set, and its place.
        """
        highest = max(self.train_id)
        lookup = np.full(highest + 2, -1, dtype=np.int64)
        lookup[list(self.train_id)] = list(self.train_id.values())
        ids = lookup[np.where((values < 0) | (values > highest), highest + 1, values)]
        row, column = first_position(ids < 0)
        if row >= 0:
            raise ValueError(
                f"{path} has value {values[row, column]} at row {row}, column {column}, which is no class; "
                f"must be one of {_ranges(self.train_id)}: take the original file, or repaint these pixels."
            )
        return ids


def label_table(rows: Sequence[Row], classes: ClassSet | None = None, ignored: Iterable[int] = ()) -> LabelTable:
    """Table of a data set.

    Args:
        rows: of a table.
        classes: what the groups name; when not given, the rows that are their own group, in order.
        ignored: values besides the rows that mean unlabelled.
    """
    own = [row for row in rows if row.group == row.name]
    if classes is None:
        classes = ClassSet(
            tuple(row.name for row in own),
            tuple(row.color for row in own),
            thing_flags=tuple(row.thing for row in own),
        )
    train_id = {row.value: classes.index(row.group) if row.group else IGNORE for row in rows}
    return LabelTable(classes, train_id | dict.fromkeys(ignored, IGNORE))


def _row(entry: Mapping[str, str], value: str) -> Row:
    number = int(entry[value])
    channels = [int(entry[channel]) for channel in ("red", "green", "blue") if channel in entry]
    color = (channels[0], channels[1], channels[2]) if channels else devkit_color(number)
    return Row(number, entry["name"], color, entry.get("thing") == "1", entry.get("group", entry["name"]))


def _ranges(values: Iterable[int]) -> str:
    """0..3, 7 for 0, 1, 2, 3, 7."""
    runs: list[list[int]] = []
    for value in sorted(values):
        if runs and runs[-1][-1] == value - 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}..{run[-1]}" for run in runs)
