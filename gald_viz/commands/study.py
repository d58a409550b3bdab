"""gald study: a table of the papers, run again on a data set."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gald_viz.commands.report import Report, table
from models.config import DataConfig, TrainConfig
from models.training.command import add_quiet
from models.training.options import OptionNames, add_options, changed, given

if TYPE_CHECKING:
    from models.study.conditions import Conditions
    from models.study.row import Study

_USUAL = "the conditions' own"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Study, rows, seeds, folders, and every field of data and recipe."""
    parser.usage = "%(prog)s [STUDY] [--small] [--seeds INT] [--data NAME] [--root DIR] [--out DIR] [OPTION ...]"
    parser.add_argument("study", nargs="?", default="", metavar="STUDY", help="which table; without one all are listed")
    parser.add_argument("--small", action="store_true", help="networks and a recipe for two cores, from camvid-fcn")
    parser.add_argument("--seeds", type=int, default=3, metavar="INT", help="trainings of each row (default: 3)")
    parser.add_argument("--rows", default="", metavar="KEY,...", help="only these rows (default: all)")
    parser.add_argument("--out", type=Path, help="folder of the results (default: runs/study-DATA)")
    parser.add_argument("--runs", type=Path, help="folder of the run folders (default: OUT/runs)")
    parser.add_argument("--report", action="store_true", help="train nothing, write the tables of what is done")
    parser.add_argument("--document", type=Path, metavar="FILE", help="put the tables between the study's marks here")
    parser.add_argument("--pretrained", default="", help="checkpoint of more data, for the rows that go on from one")
    add_quiet(parser)
    add_options(parser, DataConfig, OptionNames("data", renamed={"name": "data"}, default=_USUAL))
    add_options(parser, TrainConfig, OptionNames("train", skipped=("seed",), default=_USUAL))


def run(arguments: argparse.Namespace) -> Report:
    """Run what is missing, write CSV, Markdown and figure, and print the table.

    Raises:
        ValueError: if there is no such study or row, a value is refused, or the folder holds other conditions.
    """
    from models.study.tables import study

    if not arguments.study:
        return _listed()
    if arguments.seeds < 1:
        raise ValueError(f"seeds is {arguments.seeds}, must be >= 1.")
    asked = study(arguments.study)
    if arguments.rows:
        asked = asked.only(tuple(key.strip() for key in arguments.rows.split(",")))
    return _run(arguments, asked)


def _listed() -> Report:
    from models.study.tables import names, study

    found = [study(name) for name in names()]
    rows = [
        {"name": one.name, "source": one.source, "question": one.question, "rows": [row.key for row in one.rows]}
        for one in found
    ]
    shown = [{**row, "rows": len(row["rows"])} for row in rows]
    return Report(rows, table(shown, ("name", "source", "rows", "question")))


def _run(arguments: argparse.Namespace, asked: Study) -> Report:
    from gald_viz.paper.study import fill_document, write_study
    from models.study.results import Results
    from models.study.run import Ran, run_study

    conditions = _conditions(arguments)
    out = arguments.out or Path("runs") / f"study-{conditions.data.name}"
    results = Results(out)
    if arguments.report:
        ran = Ran([], [], {}, [])
    else:
        runs = arguments.runs or out / "runs"
        ran = run_study(asked, conditions, range(arguments.seeds), results, runs, not arguments.quiet)
    written = write_study(asked, results)
    if arguments.document:
        fill_document(arguments.document, asked, written.text)
    left = {f"{key}, seed {seed}": why for (key, seed), why in ran.left.items()}
    value: dict[str, Any] = {**written.value, "left": left, "files": [str(file) for file in written.files]}
    lines = [written.text, *(f"left out: {place}: {why}" for place, why in left.items())]
    return Report(value, "\n".join(lines), code=1 if ran.failed else 0)


def _conditions(arguments: argparse.Namespace) -> Conditions:
    from models.study.conditions import usual

    plain = usual(arguments.small)
    values = {group: given(arguments, group) for group in ("data", "train")}
    if "iterations" in values["train"]:
        values["train"] = {"epochs": 0} | values["train"]
    return replace(changed(plain, values), pretrained=arguments.pretrained)
