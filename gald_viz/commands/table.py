"""gald table: the tables of the papers with our numbers beside the published ones."""

from __future__ import annotations

import argparse
from pathlib import Path

from gald_viz.commands.report import Report, table

_FORMATS = ("markdown", "latex")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which table, and how."""
    parser.add_argument(
        "table", nargs="?", default="", metavar="NAME", help="such as gald-table-i-b (--list names all)"
    )
    parser.add_argument("--list", action="store_true", help="list the tables")
    parser.add_argument("--format", default="markdown", help="markdown (default) or latex, with booktabs")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write NAME.md and NAME.tex here as well")


def run(arguments: argparse.Namespace) -> Report:
    """List, or set one table.

    Raises:
        ValueError: for an unknown table or format, or neither or both of NAME and --list.
    """
    from gald_viz.paper.tables import latex, markdown, plain, table_lines
    from models.checkpoint import write_atomically

    if arguments.list == bool(arguments.table):
        raise ValueError("give the NAME of one table, or --list.")
    if arguments.list:
        return _listed()
    if arguments.format not in _FORMATS:
        raise ValueError(f"format is {arguments.format!r}, must be one of {list(_FORMATS)}.")
    lines = table_lines(arguments.table)
    texts = {"md": markdown(arguments.table, lines), "tex": latex(arguments.table, lines)}
    if arguments.out:
        for suffix, text in texts.items():
            write_atomically(arguments.out / f"{arguments.table}.{suffix}", text.encode())
    return Report(plain(arguments.table, lines), texts["md" if arguments.format == "markdown" else "tex"])


def _listed() -> Report:
    from gald_viz.paper.tables import table_names
    from models.published import rows

    found = [
        {"name": name, "paper": paper, "table": number, "numbers": len(rows(paper, number))}
        for name, (paper, number) in table_names().items()
    ]
    return Report(found, table(found, ("name", "paper", "table", "numbers")))
