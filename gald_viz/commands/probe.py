"""gald probe: classifiers on the stages of a trained network."""

from __future__ import annotations

import argparse

from gald_viz.commands.report import Report, percent
from models.training.command import add_probe_options, probe_from


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of probing."""
    add_probe_options(parser)


def run(arguments: argparse.Namespace) -> Report:
    """Train the stage classifiers and write a new checkpoint.

    Raises:
        ValueError: if the network has no stage to classify, or the data does not fit it.
    """
    from models.checkpoint import read_header

    written = probe_from(arguments)
    meta = read_header(written)["meta"]
    stages = {name: scores["miou"] for name, scores in meta["metrics"]["stages"].items()}
    trunk = meta["stage_classifiers"]["trunk"]
    shown = ", ".join(f"{name} {percent(miou)}" for name, miou in stages.items())
    value = {"checkpoint": str(written), "trunk": trunk, "miou": stages}
    return Report(value, f"{written}: trunk {trunk}, mIoU {shown}")
