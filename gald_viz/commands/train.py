"""gald train: a network or a detector from a preset or a recipe."""

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
    name, title = ("miou", "mIoU") if "miou" in status else ("voc_map50", "mAP@.5")
    value = {"checkpoint": str(checkpoint), "run": str(checkpoint.parent.parent), name: status[name]}
    return Report(value, f"{checkpoint}: {title} {100 * status[name]:.2f}")
