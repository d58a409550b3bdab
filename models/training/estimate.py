"""What a job will take, from real steps of it on its own device, in a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from models.config import to_dict
from models.training.job import AnyJob

STEPS = 3
_TIMEOUT = 300


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a job will take.

    Attributes:
        step_seconds: of one step, mean of those after the first.
        image_seconds: of validating one image.
        last_image_seconds: the same with boundary F, as at the end.
        steps: steps of the job.
        validations: before the one at the end.
        val_images: images of one validation.
        memory: peak bytes: tensors on a GPU, the whole process on the CPU.
        device: where it was measured.
    """

    step_seconds: float
    image_seconds: float
    last_image_seconds: float
    steps: int
    validations: int
    val_images: int
    memory: int
    device: str

    @property
    def training_seconds(self) -> float:
        """Of all steps."""
        return self.steps * self.step_seconds

    @property
    def validation_seconds(self) -> float:
        """Of all validations."""
        return self.val_images * (self.validations * self.image_seconds + self.last_image_seconds)

    @property
    def seconds(self) -> float:
        """Of the whole job, without loading the libraries and writing checkpoints."""
        return self.training_seconds + self.validation_seconds


def estimate_apart(job: AnyJob) -> Estimate:
    """Measure a few steps and validated images of a job; the memory is the job's alone and free again afterwards.

    Raises:
        ValueError: with the reason, if the job cannot be run or takes too long.
    """
    sources = Path(__file__).resolve().parents[2]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "models.training.trial"],
            input=json.dumps(to_dict(job)),
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(sources), os.environ.get("PYTHONPATH", "")])},
        )
    except subprocess.TimeoutExpired as error:
        raise ValueError(f"{STEPS} steps took more than {_TIMEOUT} s; choose a smaller network or batch.") from error
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        raise ValueError(said.removeprefix("trial: error: "))
    return Estimate(**json.loads(done.stdout))
