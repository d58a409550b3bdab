"""The command line: gald COMMAND.

A command is a module of gald_viz.commands with ``add_arguments(parser)`` and ``run(arguments) -> Report``. Only the
module of the chosen command is imported, and torch only inside ``run``, so that help is there at once.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import sys
from collections.abc import Sequence
from typing import Any

from models.console import run_command

PROGRAM = "gald"
COMMANDS = {
    "models": "list the networks: parameters, multiply-accumulates, place in the papers",
    "recipes": "list how the papers train, and how the checkpoints that ship were trained",
    "data": "list the data sets, or check one: every image, label and class",
    "train": "train a network",
    "probe": "train the stage classifiers of a network",
    "evaluate": "measure a checkpoint on a data set, per class and per stage",
    "index": "count a network's errors image by image, for the pages Ranking and Compare",
    "predict": "write label maps and overlays for a folder of photographs",
    "study": "run a table of the papers on a data set: train, measure, compare, with a verdict on each claim",
    "figure": "draw figures of the papers for print, with captions and manifests",
    "table": "set a table of the papers, with our numbers beside the published ones",
    "zoo": "list the checkpoints that ship, with their numbers",
    "bench": "measure an operator against the plain way to compute the same, or what training costs here",
    "perf": "measure again what docs/performance.md shows, and set its tables and its plot",
    "scale": "what training the networks of the papers would cost in hours and memory, by arithmetic",
    "size": "measure what networks with and without GA and LD find of thin posts and small signs",
    "explore": "open the explorer in the browser",
}
_WITHOUT_ANSWER = ("explore",)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 1 for the user's mistake; wrong usage exits with 2."""
    words = sys.argv[1:] if argv is None else list(argv)
    arguments = parser(words[0] if words else "").parse_args(words)
    return run_command(PROGRAM, lambda: _run(arguments))


def parser(chosen: str) -> argparse.ArgumentParser:
    """What reads the words after ``gald``, with all commands, and the options of the chosen one."""
    whole = argparse.ArgumentParser(PROGRAM, description="See what a network does with context.", allow_abbrev=False)
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        command.set_defaults(json=False)
        if name not in _WITHOUT_ANSWER:
            command.add_argument("--json", action="store_true", help="print one JSON value on stdout and nothing else")
        if name == chosen:
            _module(name).add_arguments(command)
    return whole


def _run(arguments: argparse.Namespace) -> int:
    # What libraries print goes to stderr: with --json, stdout holds one value.
    with contextlib.redirect_stdout(sys.stderr):
        report = _module(arguments.command).run(arguments)
    print(json.dumps(report.value, indent=2, allow_nan=False) if arguments.json else report.text)
    return report.code


def _module(name: str) -> Any:
    return importlib.import_module(f"gald_viz.commands.{name}")
