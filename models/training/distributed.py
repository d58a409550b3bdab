"""Starting the processes of a job through Lightning Fabric.

On one machine the job starts them itself; on several torchrun or SLURM does.
"""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from lightning.fabric import Fabric
from lightning.fabric.plugins.environments import (
    ClusterEnvironment,
    LightningEnvironment,
    SLURMEnvironment,
    TorchElasticEnvironment,
)

from models.config import TrainConfig
from models.device import placement
from models.processes import Processes
from models.training.run_folder import RunFolder


def own_rank(recipe: TrainConfig) -> int:
    """Number of this process in the job, known before the processes have met.

    Raises:
        ValueError: if a launcher has started another number of processes than the recipe has.
    """
    wanted = recipe.devices * recipe.nodes
    if wanted == 1 and not TorchElasticEnvironment.detect():
        # One process may well be a part of a larger allocation.
        return 0
    environment = _environment()
    if isinstance(environment, LightningEnvironment):
        return environment.node_rank() * recipe.devices + environment.local_rank()
    started = environment.world_size()
    if started != wanted:
        raise ValueError(
            f"{started} processes were started, the job has {recipe.nodes} x {recipe.devices}; give --nodes and "
            "--devices (a node) so that their product is the number of processes."
        )
    return environment.global_rank()


def start_processes(device: str, recipe: TrainConfig, precision: Any) -> Fabric:
    """Fabric on this process's device; the other processes of this machine are started unless a launcher did.

    A process that is started runs this one's command again.

    Raises:
        ValueError: if the machine has fewer devices, or in a notebook, which has no command.
    """
    if recipe.devices * recipe.nodes == 1:
        return Fabric(**placement(device), precision=precision)
    _check_devices(device, recipe.devices)
    if hasattr(sys, "ps1"):
        raise ValueError("several processes run the command again, and this is a notebook; run gald train in a shell.")
    fabric = Fabric(
        accelerator=device.partition(":")[0],
        devices=recipe.devices,
        num_nodes=recipe.nodes,
        strategy="ddp",
        precision=precision,
        plugins=[_environment()],
    )
    # A 1x1 convolution's weights lie in both layouts at once, and the gradient may say the other one.
    warnings.filterwarnings("ignore", message="Grad strides do not match bucket view strides")
    fabric.launch()
    return fabric


def end_processes(recipe: TrainConfig) -> None:
    """Take leave of the other processes at the end of a job; a group that a caller made for himself stays."""
    if recipe.devices * recipe.nodes > 1:
        dist.destroy_process_group()


@contextmanager
def sharing(device: str, devices: int) -> Generator[Processes]:
    """Several processes of this machine for a command that is no job, while the block runs; only the first goes on.

    Args:
        device: as find_device gives it.
        devices: processes, each with a GPU of its own, or sharing the CPU.

    Raises:
        ValueError: as start_processes.
    """
    recipe = TrainConfig(batch=devices, devices=devices)
    if devices == 1:
        yield Processes(device=device)
        return
    own_rank(recipe)
    fabric = start_processes(device, recipe, "32-true")
    processes = Processes(fabric.global_rank, fabric.world_size, fabric.device)
    yield processes
    end_processes(recipe)
    if not processes.is_first:
        # The first process alone says what came out.
        raise SystemExit(0)


def compiled(model: Any, device: str) -> Any:
    """The network through torch.compile.

    Raises:
        ValueError: if the machine has no compiler for this device.
    """
    if device.startswith("cuda"):
        found, needed = find_spec("triton"), "the package triton"
    else:
        found, needed = shutil.which(os.environ.get("CXX", "g++")) or shutil.which("clang++"), "g++ or clang++"
    if not found:
        raise ValueError(
            f"compile is on, and on {device} it needs {needed}, which is not there; install it or leave it off."
        )
    return torch.compile(model)


class FollowerFolder(RunFolder):
    """The run folder as all processes but the first have it: read, never written."""

    def create(self, config: dict[str, Any]) -> None:
        """Nothing: the first process does it."""

    def prepare(self, config: dict[str, Any]) -> None:
        """Nothing: the first process does it."""

    def claim(self, pid: int) -> None:
        """Nothing: the first process does it."""

    def set_status(self, state: str, **values: Any) -> None:
        """Nothing: the first process does it."""

    def end(self, state: str, reason: str) -> None:
        """Nothing: the first process does it."""

    def add_metrics(self, step: int, split: str, values: dict[str, float]) -> None:
        """Nothing: the first process does it.

        Args:
            step: from 1.
            split: ``train`` or the one that is validated on.
            values: name -> number.
        """

    def drop_metrics_after(self, step: int) -> None:
        """Nothing: the first process does it."""

    def log(self, line: str) -> None:
        """Nothing: the first process does it."""

    def save_state(self, state: dict[str, Any]) -> None:
        """Nothing: the first process does it."""


def own_folder(path: Path, recipe: TrainConfig) -> RunFolder:
    """The run folder as this process may use it.

    Raises:
        ValueError: as own_rank.
    """
    return FollowerFolder(path) if own_rank(recipe) else RunFolder(path)


def _environment() -> ClusterEnvironment:
    """Who starts the processes, in Fabric's own order.

    Raises:
        ValueError: if SLURM was told the number of processes in a way that Fabric does not know.
    """
    if TorchElasticEnvironment.detect():
        return TorchElasticEnvironment()
    if SLURMEnvironment.detect():
        try:
            return SLURMEnvironment()
        except RuntimeError as error:
            raise ValueError(str(error)) from error
    return LightningEnvironment()


def _check_devices(device: str, wanted: int) -> None:
    kind = device.partition(":")[0]
    there = {"cuda": torch.cuda.device_count(), "mps": 1}.get(kind, wanted)
    if wanted > there:
        raise ValueError(f"devices is {wanted}, this machine has {there} of {kind}; lower it or use the CPU.")
