"""gald perf: the tables and the plot of docs/performance.md, from what gald bench measured."""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from pathlib import Path

from gald_viz.commands.report import Report
from gald_viz.paper.performance import RECORDS, rendered


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is measured first, and where the document is."""
    parser.add_argument(
        "--measure",
        nargs="+",
        default=[],
        choices=["cpu", *RECORDS],
        metavar="NAME",
        help=f"measure these first, each in a process of its own: {', '.join(RECORDS)}; cpu: all that need no GPU",
    )
    parser.add_argument(
        "--document", default="docs/performance.md", metavar="FILE", help="default: docs/performance.md"
    )


def run(arguments: argparse.Namespace) -> Report:
    """Measure, then set the tables and draw the plot.

    Raises:
        ValueError: if there is no such document, or a benchmark fails.
    """
    document = Path(arguments.document)
    if not document.is_file():
        raise ValueError(f"there is no {document}; run this where the project lies, or give --document.")
    folder = document.with_suffix("")
    folder.mkdir(exist_ok=True)
    names = arguments.measure
    if "cpu" in names:
        names = [name for name in RECORDS if not name.endswith("-cuda")]
    for name in names:
        _measure(name, folder / f"{name}.json")
    growth = folder / "growth.json"
    if growth.exists():
        from gald_viz.paper.growth_figure import growth_png

        (folder / "growth.png").write_bytes(growth_png(json.loads(growth.read_text())))
    for page in (document, *_also(document)):
        page.write_text(rendered(page.read_text(), folder))
    return Report({"document": str(document), "measured": names}, f"{document} is set from {folder}")


def _also(document: Path) -> list[Path]:
    """The page beside it that says what bounds a job at scale, where there is one."""
    return [page for page in (document.with_name("scaling.md"),) if page.is_file()]


def _measure(name: str, file: Path) -> None:
    words = ["bench", *shlex.split(RECORDS[name]), "--out", str(file)]
    print(f"gald {shlex.join(words)}", file=sys.stderr)
    start = "from gald_viz.cli import main; raise SystemExit(main())"
    done = subprocess.run([sys.executable, "-c", start, *words], stdout=sys.stderr)
    if done.returncode:
        raise ValueError(f"gald bench {RECORDS[name]} ended with {done.returncode}; what it said stands above.")
