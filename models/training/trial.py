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
from models.data.subset import limited
from models.evaluation.evaluate import evaluate
from models.training.estimate import STEPS, Estimate
from models.training.job import Job, job_of
from models.training.loop import Loop
from models.training.memory import peak_memory
from models.training.run_folder import RunFolder


class _Trial(Loop):
    def measure(self) -> Estimate:
        recipe = self.job.train
        marks = []
        for batch in islice(self._batches(), STEPS):
            self._train_step(batch)
            marks.append(time.perf_counter())
        # The first step, which starts the loader and chooses kernels, lies before the first mark.
        later = [end - begin for begin, end in pairwise(marks)]
        return Estimate(
            step_seconds=sum(later) / len(later),
            image_seconds=self._image_seconds(boundary=False),
            last_image_seconds=self._image_seconds(boundary=True),
            steps=recipe.iterations,
            validations=(recipe.iterations - 1) // recipe.validate_every if recipe.validate_every else 0,
            val_images=len(self.val),
            memory=peak_memory(self.fabric.device),
            device=str(self.fabric.device),
        )

    def _image_seconds(self, boundary: bool) -> float:
        one = limited(self.val, 1)
        evaluate(self.model, one, boundary=boundary, progress=False)
        start = time.perf_counter()
        evaluate(self.model, one, boundary=boundary, progress=False)
        return time.perf_counter() - start


def estimate(job: Job) -> Estimate:
    """Measure a few steps and validated images of a job, here and now.

    Raises:
        ValueError: if the job cannot be run: its data, its network or its recipe is refused.
    """
    # A rate so low that the random network does not leave the range of numbers.
    plain = replace(job.train, weights="none", start="", start_head=False, new_classes=False, lr=1e-8)
    recipe = replace(plain, devices=1, nodes=1)
    with tempfile.TemporaryDirectory() as folder:
        return _Trial(replace(job, train=recipe), RunFolder(Path(folder)), progress=False).measure()


def main() -> int:
    """Read a job as JSON from stdin, print its estimate as JSON."""
    job = job_of(json.load(sys.stdin))
    if not isinstance(job, Job):
        raise ValueError("estimates are for segmentation; a detector's job tells its pace while it runs.")
    print(json.dumps(asdict(estimate(job))))
    return 0


if __name__ == "__main__":
    sys.exit(run_command("trial", main))
