"""gald train: a network from a preset or a recipe."""

from __future__ import annotations

import argparse

from gald_viz.commands.report import Report
from models.training.command import add_train_options, train_from


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of a training job."""
    add_train_options(parser)


def run(arguments: argparse.Namespace) -> Report:
    """Train to the end, in a run folder.

    Raises:
        ValueError: if the options do not describe a job, or do not fit the data.
    """
    checkpoint, status = train_from(arguments)
    value = {"checkpoint": str(checkpoint), "run": str(checkpoint.parent.parent), "miou": status["miou"]}
    return Report(value, f"{checkpoint}: mIoU {100 * status['miou']:.2f}")
