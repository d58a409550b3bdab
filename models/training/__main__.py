"""Training without gald_viz, on a machine that has only what models needs: python -m models.training."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from models.console import run_command
from models.training.command import add_probe_options, add_train_options, probe_from, train_from

PROGRAM = "python -m models.training"


def main(argv: Sequence[str] | None = None) -> int:
    """Train a network, or the stage classifiers of one, and print the path of the checkpoint."""
    parser = argparse.ArgumentParser(PROGRAM, description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    train = commands.add_parser("train", help="train a network", allow_abbrev=False)
    add_train_options(train)
    probe = commands.add_parser("probe", help="train the stage classifiers of a network", allow_abbrev=False)
    add_probe_options(probe)
    arguments = parser.parse_args(argv)
    return run_command(PROGRAM, lambda: _run(arguments))


def _run(arguments: argparse.Namespace) -> int:
    checkpoint = probe_from(arguments) if arguments.command == "probe" else train_from(arguments)[0]
    print(checkpoint)
    return 0


if __name__ == "__main__":
    sys.exit(main())
