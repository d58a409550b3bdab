"""The page of the commands: what ``--help`` prints of each, from the parsers themselves."""

from __future__ import annotations

import argparse
from pathlib import Path

from gald_viz.cli import COMMANDS, PROGRAM, parser

_INTRODUCTION = """# Commands

What `gald COMMAND --help` prints, taken from the commands when this page was made. Every command but `gald explore`
takes `--json`, which prints one JSON value on stdout and nothing else there. Exit codes: 0; 1 for a mistake in what was
asked for, with one sentence on stderr; 2 for wrong usage.
"""


def write(path: Path) -> None:
    """Write the page, a section for each command and a part of it for each command inside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = [_INTRODUCTION]
    for name, summary in COMMANDS.items():
        command = inner(parser(name))[name]
        parts.append(f"## {PROGRAM} {name}\n\n{summary[0].upper()}{summary[1:]}.\n\n{_help(command)}")
        parts += [f"### {below.prog}\n\n{_help(below)}" for below in inner(command).values()]
    path.write_text("\n\n".join(parts) + "\n")


def inner(command: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Name -> parser, of the commands inside a command."""
    choosers = [action for action in command._actions if isinstance(action, argparse._SubParsersAction)]
    return {name: found for chooser in choosers for name, found in chooser.choices.items()}


def _help(parser: argparse.ArgumentParser) -> str:
    return f"```text\n{parser.format_help().rstrip()}\n```"
