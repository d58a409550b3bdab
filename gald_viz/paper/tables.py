"""The papers' tables with our measured numbers beside the published ones."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from statistics import mean
from typing import Any

from gald_viz.paper.caption import tex
from models import zoo
from models.evaluation.arithmetic import figures_of
from models.presets import PRESETS, preset
from models.published import PUBLISHED_ONLY, Published, rows

STUDIES = Path(__file__).resolve().parents[2] / "docs" / "study"
DASH = "–"
COUNTED, STUDY, ZOO = "counted here", "study", "zoo"
_SLUGS = {"GALD TIP": "gald", "GALD BMVC": "bmvc", "ANN": "ann", "HFGD": "hfgd", "DeepLabv3": "deeplabv3"}
_SCORES = {"mIoU": "miou"}
_REMARK = (
    "Study and zoo: small networks (MobileNetV2) with short training on other data, not to be compared with the "
    "paper's "
    "column; docs/study.md and the cards in models/zoo say how each was trained."
)
_COUNTS = ("parameters", "added parameters", "MACs")


@dataclass(frozen=True, slots=True)
class Line:
    """One printed number with ours.

    Attributes:
        row, preset, data, metric, unit: as models.published has them; data with its split.
        published: the printed value.
        ours: where from -> value in the same unit, such as ``study camvid, 2 seeds``.
        command: what would measure it, empty where ours has a value or nothing here measures it.
    """

    row: str
    preset: str
    data: str
    metric: str
    unit: str
    published: float
    ours: Mapping[str, float]
    command: str


def table_names() -> dict[str, tuple[str, str]]:
    """Name -> (paper, table) of every result table."""
    found = dict.fromkeys((line.paper, line.table) for line in rows())
    return {f"{_SLUGS[paper]}-table-{_slug(table)}": (paper, table) for paper, table in found}


def table_lines(name: str) -> list[Line]:
    """Every number of a table.

    Raises:
        ValueError: listing the names, if there is no such table.
    """
    known = table_names()
    if name not in known:
        raise ValueError(f"table is {name!r}, must be one of {list(known)}.")
    return [_line(entry) for entry in rows(*known[name])]


def markdown(name: str, lines: Sequence[Line]) -> str:
    """A table under its name, and what would fill its dashes."""
    paper, number = table_names()[name]
    header, body, commands = _cells(lines)
    parts = [f"**{_titled(paper, number)}**, published and measured here.", "", _row(header)]
    parts += ["|" + "---|" * len(header), *map(_row, body)]
    if {STUDY, ZOO} & set(header):
        parts += ["", _REMARK]
    if commands:
        parts += ["", "What would fill the dashes:", "", *(f"    {command}" for command in commands)]
    return "\n".join(parts) + "\n"


def latex(name: str, lines: Sequence[Line]) -> str:
    """A table environment with booktabs' rules; the commands stand in it as comments."""
    paper, number = table_names()[name]
    header, body, commands = _cells(lines)
    inner = [" & ".join(map(tex, row)) + r" \\" for row in body]
    head = " & ".join(map(tex, header)) + r" \\"
    words = "l" * 4 + "r" * (len(header) - 4)
    return "\n".join(
        [
            *(f"% {command}" for command in commands),
            f"% {_REMARK}",
            r"\begin{table*}",
            r"  \centering\small",
            rf"  \caption{{{tex(_titled(paper, number))}, published and measured here.}}",
            rf"  \label{{tab:{name}}}",
            rf"  \begin{{tabular}}{{{words}}}",
            r"    \toprule",
            f"    {head}",
            r"    \midrule",
            *(f"    {line}" for line in inner),
            r"    \bottomrule",
            r"  \end{tabular}",
            r"\end{table*}",
            "",
        ]
    )


def plain(name: str, lines: Sequence[Line]) -> dict[str, Any]:
    """The same for programs."""
    paper, number = table_names()[name]
    return {"name": name, "paper": paper, "table": number, "rows": [asdict(line) for line in lines]}


def _line(entry: Published) -> Line:
    ours = _counted(entry) if entry.metric in _COUNTS else _measured(entry)
    data = f"{entry.dataset} {entry.split}".strip()
    command = "" if ours else _command(entry)
    return Line(entry.row, entry.preset, data, entry.metric, entry.unit, entry.value, ours, command)


def _counted(entry: Published) -> dict[str, float]:
    if entry.preset not in PRESETS:
        return {}
    scale = {"M": 1e6, "G": 1e9}[entry.unit]
    found = [figure for figure in figures_of(entry.preset, preset(entry.preset)) if figure.source == entry.source]
    values = [figure.counted / scale for figure in found if figure.metric == entry.metric]
    return {COUNTED: values[0]} if values else {}


def _measured(entry: Published) -> dict[str, float]:
    """Scores of studies and of the small networks that ship, in per cent."""
    metric = _SCORES.get(entry.metric)
    if metric is None or entry.preset not in PRESETS:
        return {}
    found = {}
    for data, values in _studies().get((metric, entry.preset), {}).items():
        found[f"{STUDY} {data}, {len(values)} seed{'s' if len(values) > 1 else ''}"] = mean(values)
    for row in _zoo():
        if preset(row["preset"]).smaller == entry.preset:
            found[f"{ZOO} {row['name']}"] = 100 * row[metric]
    return found


@cache
def _studies() -> dict[tuple[str, str], dict[str, list[float]]]:
    """(metric, preset) -> data set -> a value for each seed, from the studies' CSV files."""
    found: dict[tuple[str, str], dict[str, list[float]]] = {}
    for file in sorted(STUDIES.glob("*/*.csv")):
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines()):
            if {"metric", "row", "value"} <= set(row):
                values = found.setdefault((row["metric"], row["row"]), {}).setdefault(file.parent.name, [])
                values.append(float(row["value"]))
    return found


@cache
def _zoo() -> list[dict[str, Any]]:
    return [row for row in zoo.listing() if row["preset"] in PRESETS]


def _command(entry: Published) -> str:
    """What would measure a number that is not measured."""
    if entry.preset == PUBLISHED_ONLY:
        return "gald bench attention" if entry.paper == "ANN" and entry.table == "1" else ""
    if entry.metric in _COUNTS:
        return f"gald models {entry.preset}"
    data = _slug(entry.dataset).replace("-", "_") if entry.dataset else "DATA"
    where = f"--data {data} --root DIR"
    return f"gald train {entry.preset} {where} && gald evaluate --checkpoint FILE {where}"


def _cells(lines: Sequence[Line]) -> tuple[list[str], list[list[str]], list[str]]:
    """Header, cells and commands; a column for each kind of place that has a value."""
    kinds = [kind for kind in (COUNTED, STUDY, ZOO) if any(_of_kind(line, kind) for line in lines)] or ["here"]
    header = ["row", "preset", "data", "metric", "paper", *kinds]
    body = []
    for line in lines:
        own = ["; ".join(_of_kind(line, kind)) or DASH for kind in kinds]
        first = [line.row, line.preset, line.data or DASH, f"{line.metric} ({line.unit})"]
        body.append([*first, f"{line.published:g}", *own])
    return header, body, list(dict.fromkeys(line.command for line in lines if line.command))


def _of_kind(line: Line, kind: str) -> list[str]:
    """The values of one kind, each with where it is from."""
    cells = []
    for place, value in line.ours.items():
        if place.startswith(kind):
            where = place.removeprefix(kind).strip()
            cells.append(f"{value:.2f} ({where})" if where else f"{value:.2f}")
    return cells


def _titled(paper: str, number: str) -> str:
    return f"{paper}, {number if number.startswith('section') else f'Table {number}'}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"
