"""The loop of a training job on Lightning Fabric, with exact resume.

Recipe: Li et al., arXiv:2107.13154, section IV.B. The loop is ours because the Trainer does not restore the random
state before the first batch, so its resumed losses differ.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from models.config import DataConfig, to_dict
from models.data import open_data
from models.data.loading import ResumableBatches, TrainingCrops, training_batches
from models.data.subset import limited, training_data
from models.device import find_device
from models.evaluation.evaluate import Evaluation, evaluate
from models.processes import Processes
from models.provenance import provenance
from models.segmenter import Segmenter
from models.synchronised_norm import synchronise
from models.training.distributed import compiled, start_processes
from models.training.frames import FrameWriter
from models.training.measure import Validation, save_measured
from models.training.memory import peak_memory
from models.training.pace import Pace
from models.training.recipe import Objective, freeze, make_optimizer, poly, set_learning_rate
from models.training.run_folder import RunFolder
from models.training.start import first_phase, initialise
from models.training.stop import StopRequest

_STATUS_SECONDS = 1.0


class Loop:
    """The steps of a job, for segmentation; detectors replace what they do otherwise.

    Args:
        job: a Job of models.training.job, or what a class that inherits from this one takes.
        run: its folder.
        progress: progress bar with loss, learning rate and score.

    Attributes:
        score_name: of the number on the progress bar, in the status and in the state.
        score_title: the same for people.
    """

    score_name, score_title = "miou", "mIoU"

    def __init__(self, job: Any, run: RunFolder, progress: bool) -> None:
        self.run, self.progress = run, progress
        self.data, self.val = self._open(job.data)
        self.job = replace(job, train=job.train.for_images(len(self.data)))
        recipe = self.job.train
        device = find_device(recipe.accelerator)
        self.precision = precision_on(device, recipe.precision)
        self.fabric = start_processes(device, recipe, self.precision)
        self.processes = Processes(self.fabric.global_rank, self.fabric.world_size, self.fabric.device)
        torch.manual_seed(recipe.seed)
        self.model = self._build()
        state = run.load_state()
        self.origin = state["origin"] if state else self._initialise()
        # Depthwise convolutions run about a third faster with channels last, on CPUs and GPUs.
        self.layout = torch.channels_last if recipe.channels_last else torch.contiguous_format
        self.model.to(memory_format=self.layout)
        freeze(self.model, recipe)
        if self.processes.world > 1 and recipe.sync_bn:
            synchronise(self.model)
        if not self.processes.is_first:
            # The networks are the same; dropout is not.
            torch.manual_seed(recipe.seed + 1_000_003 * self.processes.rank)
        optimizer = make_optimizer(self.model, recipe)
        network = compiled(self.model, device) if recipe.compile else self.model
        self.network, self.optimizer = self.fabric.setup(network, optimizer)
        self.step, self.score, self.seconds = 0, math.nan, 0.0
        self.reported = -math.inf
        self.pace = Pace(recipe.batch)
        if state:
            self._restore(state)
        run.drop_metrics_after(self.step)

    def run_to_end(self) -> Path:
        recipe = self.job.train
        self.run.log(
            f"from step {self.step} of {recipe.iterations} on {self.processes.world} x {self.fabric.device}, "
            f"{self.precision}; "
            f"{len(self.data)} images, {len(self.val)} to validate; start: {self.origin}"
        )
        bar = tqdm(total=recipe.iterations, initial=self.step, disable=not self.progress, unit="it")
        pace = self.pace
        with StopRequest() as stop, bar:
            pace.start()
            for batch in islice(self._batches(), recipe.iterations - self.step):
                pace.batch_arrived()
                loss, rate = self._train_step(batch)
                self.step += 1
                self.seconds += pace.step_done()
                self.run.add_metrics(self.step, "train", {"loss": loss, "lr": rate})
                self._after_step(stop)
                shown = {self.score_title: f"{100 * self.score:.1f}", "img/s": f"{pace.shown:.1f}"}
                bar.set_postfix(loss=f"{loss:.3f}", lr=f"{rate:.4f}", **shown, refresh=False)
                bar.update()
                pace.start()
        return self._finish()

    def _open(self, config: DataConfig) -> tuple[Any, Any]:
        """What is trained on, and what is validated on."""
        data = training_data(config, self.progress)
        return data, limited(open_data(config.name, config.root or None, config.val_split), config.limit)

    def _build(self) -> Any:
        """The network, before it gets its weights."""
        model, crop = Segmenter(self.job.model, self.data.classes), self.job.data.crop
        if min(crop) < model.min_size:
            raise ValueError(f"crop is {crop}, the network needs sides of at least {model.min_size}; enlarge it.")
        self.objective = Objective(self.job.train, self.data.classes.ignore_id)
        return model

    def _initialise(self) -> str:
        """Fill the network; one line that says from what."""
        return initialise(self.model, self.job.train)

    def _loss(self, batch: Any) -> Tensor:
        images, labels = batch
        planes = self.model.normalise(images).contiguous(memory_format=self.layout)
        return self.objective(self.network(planes), labels)

    def _train_step(self, batch: Any) -> tuple[float, float]:
        recipe = self.job.train
        factor = poly(self.step, recipe.iterations, recipe.power, recipe.warmup)
        rate = set_learning_rate(self.optimizer, factor)
        self.optimizer.zero_grad(set_to_none=True)
        loss = self._loss(batch)
        self.fabric.backward(loss)
        self.optimizer.step()
        (value,) = self.processes.means([loss.item()])
        if not math.isfinite(value):
            raise ValueError(
                f"the loss is {value} at step {self.step + 1}; start another run with a lower lr (now {rate:.3g}) "
                "or precision 32-true."
            )
        return value, rate

    def _after_step(self, stop: StopRequest) -> None:
        recipe = self.job.train
        if recipe.validate_every and self.step % recipe.validate_every == 0 and self.step < recipe.iterations:
            self._record(self._validate())
        # Whoever was asked, all stop after the same step.
        asked = self.processes.any(stop.asked)
        # The last step is saved too: what follows is minutes of evaluation, which may be interrupted.
        due = asked or self.step == recipe.iterations
        due = due or (recipe.checkpoint_every > 0 and self.step % recipe.checkpoint_every == 0)
        if due or time.monotonic() - self.reported >= _STATUS_SECONDS:
            self._report("stopping" if asked else "running")
            self.run.add_metrics(self.step, "speed", self.pace.rates())
        if due:
            self._check_weights()
            self.run.save_state(self._state())
            self.processes.wait()
        if asked:
            raise KeyboardInterrupt

    def _check_weights(self) -> None:
        """A state that could not go on never replaces one that can."""
        if not all(
            torch.isfinite(value).all() for value in self.model.state_dict().values() if value.is_floating_point()
        ):
            raise ValueError(
                f"a weight is no number any more at step {self.step}; start another run with a lower lr or precision "
                "32-true. The state that was saved before is whole."
            )

    def _validate(self) -> dict[str, float]:
        """Rates of the network as it is, that of ``score_name`` among them."""
        self.processes.share_buffers(self.model)
        return _rates(evaluate(self.model, self.val, boundary=False, progress=False, processes=self.processes))

    def _save(self) -> dict[str, float]:
        """Write the checkpoint; the rates of what was written."""
        validation = Validation(self.val, self.job.data.val_split, processes=self.processes)
        return _rates(save_measured(self.model, self.run.checkpoint, self._meta(), validation))

    def _record(self, rates: dict[str, float]) -> None:
        self.score = rates[self.score_name]
        self.run.add_metrics(self.step, "val", rates)
        self.run.log(f"step {self.step}: val {self.score_title} {100 * self.score:.2f}")
        if self.processes.is_first:
            self._write_frames()

    def _write_frames(self) -> None:
        """What the network says about a few fixed images now."""
        FrameWriter(self.run.frames, self.val).write(self.model, self.step)

    def _finish(self) -> Path:
        self._record(self._save())
        self._report("done", **{self.score_name: self.score})
        self.processes.wait()
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

    def _batches(self) -> Iterator[Any]:
        job = self.job
        crops = TrainingCrops(self.data, job.data, job.train.seed)
        for images, labels in training_batches(crops, self._order(), job.data.workers):
            yield images.to(self.fabric.device), labels.to(self.fabric.device)

    def _order(self) -> ResumableBatches:
        """This process's part of every batch from the next step on."""
        recipe, every = self.job.train, self.processes
        part = recipe.batch // every.world
        return ResumableBatches(len(self.data), part, recipe.seed, self.step, every.rank, every.world)

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            self.score_name: self.score,
            "origin": self.origin,
        }
        # The first process's random state lies where that of a run with one process does.
        first, *others = self.processes.gathered(random_state(self.fabric.device))
        return state | first | ({"others": others} if others else {})

    def _restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds, self.score = state["step"], state["seconds"], state[self.score_name]
        own = state if self.processes.is_first else state["others"][self.processes.rank - 1]
        torch.set_rng_state(own["rng"])
        if "cuda_rng" in own and self.fabric.device.type == "cuda":
            torch.cuda.set_rng_state(own["cuda_rng"], self.fabric.device)

    def _report(self, state: str, **values: Any) -> None:
        """Write status.json."""
        steps = self.job.train.iterations
        self.reported = time.monotonic()
        pace = self.seconds / max(1, self.step)
        self.run.set_status(
            state,
            step=self.step,
            steps=steps,
            eta=pace * (steps - self.step),
            device=str(self.fabric.device),
            memory=peak_memory(self.fabric.device),
            step_seconds=pace,
            samples_per_second=self.job.train.batch / pace if pace else 0.0,
            **values,
        )


def _rates(result: Evaluation) -> dict[str, float]:
    scores = result.output.scores
    classes = zip(result.class_names, scores.iou, strict=True)
    # A class that neither label nor answer has is left out.
    shares = {f"iou/{name}": float(value) for name, value in classes if not math.isnan(value)}
    return shares | {"miou": scores.miou, "pixel_accuracy": scores.pixel_accuracy}


def random_state(device: torch.device) -> dict[str, Tensor]:
    """Of the generators that dropout draws from."""
    on_gpu = {"cuda_rng": torch.cuda.get_rng_state(device)} if device.type == "cuda" else {}
    return {"rng": torch.get_rng_state(), **on_gpu}


def precision_on(device: str, wanted: str) -> Any:
    """Fabric's name of the precision; ``auto`` is bf16-mixed on CUDA and float32 elsewhere."""
    if wanted != "auto":
        return wanted
    return "bf16-mixed" if device.startswith("cuda") else "32-true"
