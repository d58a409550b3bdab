"""A few real steps of a job, measured: python -m models.training.trial < JOB.json prints an Estimate as JSON.

Nothing is written; the network starts from random weights, which cost the same.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import asdict, replace
from itertools import islice, pairwise
from pathlib import Path

from models.console import run_command
from models.training.estimate import STEPS, Estimate
from models.training.job import AnyJob, job_of, loop_of
from models.training.loop import Loop
from models.training.memory import peak_memory
from models.training.outlook import validations_left
from models.training.run_folder import RunFolder


def estimate(job: AnyJob) -> Estimate:
    """Measure a few steps and validated images of a job, here and now.

    Raises:
        ValueError: if the job cannot be run: its data, its network or its recipe is refused.
    """
    # A rate so low that the random network does not leave the range of numbers.
    plain = replace(job.train, weights="none", start="", start_head=False, new_classes=False, lr=1e-8)
    recipe = replace(plain, devices=1, nodes=1)
    with tempfile.TemporaryDirectory() as folder:
        loop = loop_of(job)(replace(job, train=recipe), RunFolder(Path(folder)), False)
        return _measured(loop)


def _measured(loop: Loop) -> Estimate:
    recipe = loop.job.train
    marks = []
    for batch in islice(loop.batches(), STEPS):
        loop.train_step(batch)
        marks.append(time.perf_counter())
    # The first step, which starts the loader and chooses kernels, lies before the first mark.
    later = [end - begin for begin, end in pairwise(marks)]
    return Estimate(
        step_seconds=sum(later) / len(later),
        image_seconds=_image_seconds(loop, last=False),
        last_image_seconds=_image_seconds(loop, last=True),
        steps=recipe.iterations,
        validations=validations_left(recipe) - 1,
        val_images=len(loop.val),
        memory=peak_memory(loop.fabric.device),
        device=str(loop.fabric.device),
    )


def _image_seconds(loop: Loop, last: bool) -> float:
    one = loop.few(1)
    loop.measure(one, last)
    start = time.perf_counter()
    loop.measure(one, last)
    return time.perf_counter() - start


def main() -> int:
    """Read a job as JSON from stdin, print its estimate as JSON."""
    print(json.dumps(asdict(estimate(job_of(json.load(sys.stdin))))))
    return 0


if __name__ == "__main__":
    sys.exit(run_command("trial", main))
