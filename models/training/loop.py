"""The loop of a training job on Lightning Fabric, with exact resume.

The loop is ours because the Trainer does not restore the random state before the first batch, so its resumed losses
differ. What is trained is in segmentation.py and detector.py.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from models.config import DataConfig
from models.data.loading import ResumableBatches
from models.device import find_device
from models.processes import Processes
from models.provenance import provenance
from models.synchronised_norm import synchronise
from models.training.distributed import compiled, start_processes
from models.training.frames import FrameWriter
from models.training.looks import Look
from models.training.memory import peak_memory
from models.training.outlook import Outlook
from models.training.pace import Pace
from models.training.recipe import freeze, make_optimizer, poly, set_learning_rate
from models.training.resume import random_states, restore_random_state, seed_apart
from models.training.run_folder import RunFolder
from models.training.start import training_record
from models.training.stop import StopRequest

_STATUS_SECONDS = 1.0


class Loop(ABC):
    """The steps of a job.

    Args:
        job: model, data and recipe.
        run: its folder.
        progress: progress bar with loss, learning rate and score.

    Attributes:
        score_name: of the number on the progress bar, in the status and in the state.
        score_title: the same for people.
        look: how the network is looked at while it learns.
    """

    score_name: str
    score_title: str
    look: Look

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
            seed_apart(recipe.seed, self.processes)
        optimizer = make_optimizer(self.model, recipe)
        network = compiled(self.model, device) if recipe.compile else self.model
        self.network, self.optimizer = self.fabric.setup(network, optimizer)
        self.step, self.score, self.seconds = 0, math.nan, 0.0
        self.reported = -math.inf
        self.pace = Pace(recipe.batch)
        self.outlook = Outlook(recipe, self.pace)
        if state:
            self._restore(state)
        run.drop_metrics_after(self.step)

    def run_to_end(self) -> Path:
        """Train until the last step, or until somebody asks to stop; the path of what was written last."""
        recipe = self.job.train
        self.run.log(
            f"from step {self.step} of {recipe.iterations} on {self.processes.world} x {self.fabric.device}, "
            f"{self.precision}; "
            f"{len(self.data)} images, {len(self.val)} to validate; start: {self.origin}"
        )
        bar = tqdm(total=recipe.iterations, initial=self.step, disable=not self.progress, unit="it")
        pace = self.pace
        with StopRequest(self._tell_stopping) as stop, bar:
            pace.start()
            for batch in islice(self.batches(), recipe.iterations - self.step):
                pace.batch_arrived()
                loss, rate = self.train_step(batch)
                self.step += 1
                self.seconds += pace.step_done()
                self.run.add_metrics(self.step, "train", {"loss": loss, "lr": rate})
                self._after_step(stop)
                shown = {self.score_title: f"{100 * self.score:.1f}", "img/s": f"{pace.shown:.1f}"}
                bar.set_postfix(loss=f"{loss:.3f}", lr=f"{rate:.4f}", **shown, refresh=False)
                bar.update()
                pace.start()
        return self._finish()

    @abstractmethod
    def batches(self) -> Iterator[Any]:
        """This process's batches from the next step on, on its device, without end."""

    @abstractmethod
    def measure(self, data: Any, last: bool = False) -> dict[str, float]:
        """Rates of the network as it is, ``score_name`` among them; ``last``: with all that is measured at the end."""

    @abstractmethod
    def few(self, count: int) -> Any:
        """So many images of what is validated on."""

    @abstractmethod
    def _open(self, config: DataConfig) -> tuple[Any, Any]:
        """What is trained on, and what is validated on."""

    @abstractmethod
    def _build(self) -> Any:
        """The network, before it gets its weights."""

    @abstractmethod
    def _initialise(self) -> str:
        """Fill the network; one line that says from what."""

    @abstractmethod
    def _loss(self, batch: Any) -> Tensor:
        """Of a batch, with its graph."""

    @abstractmethod
    def _save(self) -> dict[str, float]:
        """Write the checkpoint; the rates of what was written."""

    def train_step(self, batch: Any) -> tuple[float, float]:
        """Learn from a batch; its loss and the learning rate.

        Raises:
            ValueError: if the loss is no finite number.
        """
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
            self._validate(lambda: self.measure(self.val))
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

    def _validate(self, measure: Callable[[], dict[str, float]]) -> None:
        """Measure, and write what came out."""
        self._report("running", doing="validating")
        started = time.perf_counter()
        rates = measure()
        self.score = rates[self.score_name]
        self.run.add_metrics(self.step, "val", rates)
        self.run.log(f"step {self.step}: val {self.score_title} {100 * self.score:.2f}")
        if self.processes.is_first:
            FrameWriter(self.run.frames, self.val, self.look).write(self.model, self.step)
        self.outlook.validated(time.perf_counter() - started)

    def _finish(self) -> Path:
        self._validate(self._save)
        self._report("done", **{self.score_name: self.score})
        self.processes.wait()
        return self.run.checkpoint

    def _meta(self) -> dict[str, Any]:
        """What a checkpoint says of its network beside the metrics."""
        job, seconds = self.job, round(self.seconds, 1)
        training = training_record(job, start=self.origin, seconds=seconds, images=len(self.data))
        own = (value for name, value in self.model.named_parameters() if "auxiliary" not in name)
        params = sum(value.numel() for value in own)
        return {"params": params, "training": training, "provenance": provenance()}

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
        return state | random_states(self.processes)

    def _restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds, self.score = state["step"], state["seconds"], state[self.score_name]
        otherwise = restore_random_state(state, self.processes, self.job.train.seed)
        if otherwise:
            self.run.log(otherwise)

    def _tell_stopping(self) -> None:
        # A validation may take minutes, and whoever asked wants to know that he was heard.
        with suppress(OSError):
            self._report("stopping")

    def _report(self, state: str, **values: Any) -> None:
        """Write status.json."""
        self.reported = time.monotonic()
        self.run.set_status(
            state,
            step=self.step,
            steps=self.job.train.iterations,
            device=str(self.fabric.device),
            memory=peak_memory(self.fabric.device),
            **self.outlook.values(self.step, done=state == "done"),
            **values,
        )


def precision_on(device: str, wanted: str) -> Any:
    """Fabric's name of the precision; ``auto`` is bf16-mixed on CUDA and float32 elsewhere."""
    if wanted != "auto":
        return wanted
    return "bf16-mixed" if device.startswith("cuda") else "32-true"
