"""A training job: short loop on Lightning Fabric, run folder, exact resume.

Recipe: Li et al., arXiv:2107.13154, section IV.B. The loop is ours because the Trainer does not restore the random
state before the first batch, so its resumed losses differ.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from lightning.fabric import Fabric
from torch import Tensor
from tqdm import tqdm

from models.config import DataConfig, ModelConfig, TrainConfig, from_dict, to_dict
from models.data import open_data
from models.data.loading import ResumableBatches, TrainingCrops, training_batches
from models.data.subset import limited, training_data
from models.device import find_device
from models.evaluation.evaluate import Evaluation, evaluate
from models.provenance import provenance
from models.segmenter import Segmenter
from models.training.measure import save_measured
from models.training.recipe import Objective, freeze, make_optimizer, poly, set_learning_rate
from models.training.run_folder import RunFolder
from models.training.start import first_phase, initialise
from models.training.stop import StopRequest

_STATUS_SECONDS = 1.0


@dataclass(frozen=True)
class Job:
    """Everything a training run needs; written to and read from config.json.

    Attributes:
        preset: name of the preset that model came from, for the record.
        model: the network.
        data: what it reads.
        train: the recipe.
    """

    preset: str
    model: ModelConfig
    data: DataConfig
    train: TrainConfig


def train(job: Job, folder: str | Path, resume: bool = False, progress: bool = True) -> Path:
    """Run a job to its end and return the checkpoint it wrote.

    Ctrl-C and SIGTERM end it after the step that is being done, with everything saved that ``resume`` needs.

    Args:
        job: model, data and recipe; ignored when resuming, the run's own is read.
        folder: run folder.
        resume: continue from the last saved state, bit-equal to an uninterrupted run on the CPU; a run that is done
            is not trained again.
        progress: progress bar with loss, learning rate and mIoU.

    Raises:
        ValueError: if the configuration does not fit the data, the folder already holds another run, there is none
            to resume, or its state is damaged.
        KeyboardInterrupt: if it was stopped.
    """
    run = RunFolder(Path(folder))
    if resume:
        job = from_dict(Job, run.config())
        if run.checkpoint.exists() and run.status()["state"] == "done":
            return run.checkpoint
    elif run.has_steps():
        raise ValueError(f"{run.path} holds a run already; resume it with --resume or choose another folder.")
    run.create(to_dict(job))
    run.set_status("starting")
    try:
        return _Loop(job, run, progress).run_to_end()
    except KeyboardInterrupt:
        run.end("stopped", "interrupted; continue with --resume.")
        raise
    except BaseException as error:
        run.end("failed", str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}")
        raise


class _Loop:
    def __init__(self, job: Job, run: RunFolder, progress: bool) -> None:
        self.run, self.progress, data = run, progress, job.data
        self.data = training_data(data, progress)
        self.job = replace(job, train=job.train.for_images(len(self.data)))
        recipe = self.job.train
        device = find_device(recipe.accelerator)
        self.precision = precision_on(device, recipe.precision)
        self.fabric = Fabric(accelerator=device, devices=1, precision=self.precision)
        torch.manual_seed(recipe.seed)
        self.val = limited(open_data(data.name, data.root or None, data.val_split), data.limit)
        self.model = Segmenter(job.model, self.data.classes)
        if min(data.crop) < self.model.min_size:
            raise ValueError(
                f"crop is {data.crop}, the network needs sides of at least {self.model.min_size}; enlarge it."
            )
        state = run.load_state()
        self.origin = state["origin"] if state else initialise(self.model, recipe)
        # Depthwise convolutions run about a third faster in this layout, on CPUs and GPUs.
        self.model.to(memory_format=torch.channels_last)
        freeze(self.model, recipe)
        self.objective = Objective(recipe, self.data.classes.ignore_id)
        optimizer = make_optimizer(self.model, recipe)
        self.network, self.optimizer = self.fabric.setup(self.model, optimizer)
        self.step, self.miou, self.seconds = 0, math.nan, 0.0
        self.reported = -math.inf
        if state:
            self._restore(state)
        run.drop_metrics_after(self.step)

    def run_to_end(self) -> Path:
        recipe = self.job.train
        self.run.log(
            f"from step {self.step} of {recipe.iterations} on {self.fabric.device}, {self.precision}; "
            f"{len(self.data)} images, {len(self.val)} to validate; start: {self.origin}"
        )
        bar = tqdm(total=recipe.iterations, initial=self.step, disable=not self.progress, unit="it")
        with StopRequest() as stop, bar:
            started = time.perf_counter()
            for images, labels in islice(self._batches(), recipe.iterations - self.step):
                loss, rate = self._train_step(images, labels)
                self.step += 1
                self.seconds += time.perf_counter() - started
                self.run.add_metrics(self.step, "train", {"loss": loss, "lr": rate})
                self._after_step(stop)
                bar.set_postfix(loss=f"{loss:.3f}", lr=f"{rate:.4f}", mIoU=f"{100 * self.miou:.1f}", refresh=False)
                bar.update()
                started = time.perf_counter()
        return self._finish()

    def _train_step(self, images: Tensor, labels: Tensor) -> tuple[float, float]:
        recipe = self.job.train
        factor = poly(self.step, recipe.iterations, recipe.power, recipe.warmup)
        rate = set_learning_rate(self.optimizer, factor)
        self.optimizer.zero_grad(set_to_none=True)
        planes = self.model.normalise(images).contiguous(memory_format=torch.channels_last)
        loss = self.objective(self.network(planes), labels)
        self.fabric.backward(loss)
        self.optimizer.step()
        value = loss.item()
        if not math.isfinite(value):
            raise ValueError(
                f"the loss is {value} at step {self.step + 1}; start another run with a lower lr (now {rate:.3g}) "
                "or precision 32-true."
            )
        return value, rate

    def _after_step(self, stop: StopRequest) -> None:
        recipe = self.job.train
        if recipe.validate_every and self.step % recipe.validate_every == 0 and self.step < recipe.iterations:
            self._record(evaluate(self.model, self.val, boundary=False, progress=False))
        # The last step is saved too: what follows is minutes of evaluation, which may be interrupted.
        due = stop.asked or self.step == recipe.iterations
        due = due or (recipe.checkpoint_every > 0 and self.step % recipe.checkpoint_every == 0)
        if due or time.monotonic() - self.reported >= _STATUS_SECONDS:
            self._report("stopping" if stop.asked else "running")
        if due:
            self.run.save_state(self._state())
        if stop.asked:
            raise KeyboardInterrupt

    def _record(self, result: Evaluation) -> None:
        scores = result.output.scores
        self.miou = scores.miou
        self.run.add_metrics(self.step, "val", {"miou": scores.miou, "pixel_accuracy": scores.pixel_accuracy})
        self.run.log(f"step {self.step}: val mIoU {100 * self.miou:.2f}")

    def _finish(self) -> Path:
        result = save_measured(self.model, self.run.checkpoint, self._meta(), self.val, self.job.data.val_split)
        self._record(result)
        self._report("done", miou=self.miou)
        return self.run.checkpoint

    def _meta(self) -> dict[str, Any]:
        recipe = self.job.train
        training = {
            "preset": self.job.preset,
            "data": to_dict(self.job.data) | {"root": ""},
            # Where files lay on this machine is nobody else's business.
            "recipe": to_dict(recipe) | {"weights": Path(recipe.weights).name, "start": Path(recipe.start).name},
            "start": self.origin,
            "first_phase": first_phase(recipe.start),
            "seconds": round(self.seconds, 1),
            "images": len(self.data),
        }
        return {
            "params": sum(value.numel() for name, value in self.model.named_parameters() if "auxiliary" not in name),
            "training": training,
            "provenance": provenance(),
        }

    def _batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        job = self.job
        crops = TrainingCrops(self.data, job.data, job.train.seed)
        batches = ResumableBatches(len(self.data), job.train.batch, job.train.seed, start=self.step)
        for images, labels in training_batches(crops, batches, job.data.workers):
            yield images.to(self.fabric.device), labels.to(self.fabric.device)

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "miou": self.miou,
            "origin": self.origin,
            "rng": torch.get_rng_state(),
        }
        if self.fabric.device.type == "cuda":
            state["cuda_rng"] = torch.cuda.get_rng_state(self.fabric.device)
        return state

    def _restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds, self.miou = state["step"], state["seconds"], state["miou"]
        torch.set_rng_state(state["rng"])
        if "cuda_rng" in state and self.fabric.device.type == "cuda":
            torch.cuda.set_rng_state(state["cuda_rng"], self.fabric.device)

    def _report(self, state: str, **values: Any) -> None:
        """Write status.json."""
        steps = self.job.train.iterations
        self.reported = time.monotonic()
        self.run.set_status(
            state,
            step=self.step,
            steps=steps,
            eta=self.seconds / max(1, self.step) * (steps - self.step),
            device=str(self.fabric.device),
            memory=_memory(),
            **values,
        )


def precision_on(device: str, wanted: str) -> Any:
    """Fabric's name of the precision; ``auto`` is bf16-mixed on CUDA and float32 elsewhere."""
    if wanted != "auto":
        return wanted
    return "bf16-mixed" if device.startswith("cuda") else "32-true"


def _memory() -> int:
    """Peak bytes on the GPU; 0 on the CPU."""
    return torch.cuda.max_memory_allocated() if torch.cuda.is_available() else 0
