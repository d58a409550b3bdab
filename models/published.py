"""What the papers print: every number of their result tables, with its conditions, as plain rows.

published.csv is transcribed from GALD (BMVC 2019, and TIP 2021), ANN, HFGD and DeepLabv3. A row whose preset is
``published only`` is of a network that is not built here, or of a block by itself, or the paper does not say which it
was. A note says what cannot be right in a figure, and why. docs/published.md shows them all.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

PUBLISHED_ONLY = "published only"
_FILE = "published.csv"
_OVER = "over "


@dataclass(frozen=True, slots=True)
class Published:
    """One number of a table.

    Attributes:
        paper: ``GALD TIP``, ``GALD BMVC``, ``ANN``, ``HFGD`` or ``DeepLabv3``.
        table: its number there, such as ``I (b)``.
        row: label of the row as printed, with what tells it from other rows.
        system: the network in words.
        preset: name of the same network here, or ``published only``.
        backbone: empty where the table does not name it.
        dataset: name of the data set for people, empty for measurements of a network alone.
        split: of the data set.
        conditions: how it was measured; ``over NAME`` for what is added to the preset NAME.
        metric: such as ``mIoU``, ``IoU: road``, ``parameters`` or ``MACs``.
        value: in units of ``unit``, as printed.
        unit: ``%``, ``M``, ``G``, ``MB``, ``ms``, ``s`` or ``x``.
        note: what contradicts it, or is said differently elsewhere.
    """

    paper: str
    table: str
    row: str
    system: str
    preset: str
    backbone: str
    dataset: str
    split: str
    conditions: str
    metric: str
    value: float
    unit: str
    note: str

    @property
    def source(self) -> str:
        """Paper and table, as presets name them."""
        return f"{self.paper} {self.table}" if self.table.startswith("section") else f"{self.paper} Table {self.table}"

    @property
    def baseline(self) -> str:
        """The preset that an added amount is counted over; empty for whole amounts."""
        return self.conditions.removeprefix(_OVER) if self.conditions.startswith(_OVER) else ""


def rows(
    paper: str | None = None, table: str | None = None, preset: str | None = None, metric: str | None = None
) -> tuple[Published, ...]:
    """The rows that have all of the given values, in the order of the papers.

    Args:
        paper: whose; any when None, as below.
        table: of that paper.
        preset: that builds the row's network.
        metric: what was measured.
    """
    wanted = {"paper": paper, "table": table, "preset": preset, "metric": metric}
    given = {name: value for name, value in wanted.items() if value is not None}
    return tuple(row for row in _all() if all(getattr(row, name) == value for name, value in given.items()))


@cache
def _all() -> tuple[Published, ...]:
    text = resources.files("models").joinpath(_FILE).read_text(encoding="utf-8")
    return tuple(Published(value=float(line.pop("value")), **line) for line in csv.DictReader(text.splitlines()))
