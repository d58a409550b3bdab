"""Make a checkpoint of the zoo again, all phases of it: python -m models.zoo.train."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from models import zoo
from models.checkpoint import write_atomically
from models.console import run_command
from models.training.job import AnyJob, train
from models.training.probe import ProbeConfig, probe
from models.training.run_folder import RunFolder
from models.zoo.recipes import PROBED, job, names, phase_before

PROGRAM = "python -m models.zoo.train"


def make(name: str, out: Path, root: str = "", weights: str = "auto", progress: bool = True) -> Path:
    """Train one checkpoint; go on with what was interrupted.

    Phases before it are trained as well where they neither ship nor are done yet.

    Args:
        name: one of models.zoo.recipes.names().
        out: gets a run folder a phase and NAME.safetensors.
        root: folder of the data set; not needed for scenes.
        weights: ImageNet weights of MobileNetV2, see TrainConfig.
        progress: show progress bars.

    Returns:
        the file.

    Raises:
        ValueError: if there is no such job, or as train and probe.
    """
    phase = job(name, root, weights, _start(name, out, root, weights, progress))
    trained = _run(phase, out / name, progress)
    file = out / f"{name}.safetensors"
    if name.partition("-")[2] in PROBED:
        return probe(trained, phase.data, ProbeConfig(), file, progress)
    write_atomically(file, trained.read_bytes())
    return file


def main(argv: Sequence[str] | None = None) -> int:
    """Train the checkpoint that the command line names and print its path."""
    parser = argparse.ArgumentParser(PROGRAM, description=__doc__, allow_abbrev=False)
    parser.add_argument("name", metavar="NAME", help=f"one of {', '.join(names())}")
    parser.add_argument("--root", default="", help="folder of the data set; not needed for scenes")
    parser.add_argument("--weights", default="auto", help="ImageNet weights of MobileNetV2: FILE, auto or none")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="folder to write to (default: runs)")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")
    given = parser.parse_args(argv)
    return run_command(PROGRAM, lambda: _print(make(given.name, given.out, given.root, given.weights, not given.quiet)))


def _start(name: str, out: Path, root: str, weights: str, progress: bool) -> str:
    """File of the phase before: the one that ships, else made; empty for a first phase."""
    before = phase_before(name)
    if before is None:
        return ""
    return str(zoo.path(before) if before in zoo.names() else make(before, out, root, weights, progress))


def _run(phase: AnyJob, folder: Path, progress: bool) -> Path:
    return train(phase, folder, resume=RunFolder(folder).has_steps(), progress=progress)


def _print(file: Path) -> int:
    print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
