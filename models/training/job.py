"""A training job: what it is, and running it in a run folder, which it can be resumed from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.config import DataConfig, DetectorConfig, ModelConfig, TrainConfig, from_dict, to_dict
from models.device import devices_of, find_device
from models.training.failures import explained
from models.training.run_folder import RunFolder
from models.training.stop import interrupted_by_sigterm
from models.training.turn import SHARE, turn_on

if TYPE_CHECKING:
    from models.training.loop import Loop


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


@dataclass(frozen=True)
class DetectorJob:
    """The same for a detector.

    Attributes:
        preset: name of the preset that model came from, for the record.
        model: the detector.
        data: what it reads.
        train: the recipe.
        kind: tells the two apart in config.json.
    """

    preset: str
    model: DetectorConfig
    data: DataConfig
    train: TrainConfig
    kind: str = "detector"


AnyJob = Job | DetectorJob
# Fields of the recipe that say where a job runs and not what it computes.
PLACE = ("accelerator", "devices", "nodes")


def job_of(config: dict[str, Any]) -> AnyJob:
    """The job that a run folder's config.json describes.

    Raises:
        ValueError: if it describes none.
    """
    return from_dict(DetectorJob if "kind" in config else Job, config)


def moved(job: AnyJob, where: TrainConfig) -> AnyJob:
    """The job where another recipe runs: on its device, and as many of them."""
    return replace(job, train=replace(job.train, **{name: getattr(where, name) for name in PLACE}))


def held_devices(job: AnyJob) -> list[str]:
    """The devices of this machine that a job has for itself.

    Raises:
        ValueError: if the machine has no such device, or one GPU is named for several processes.
    """
    return devices_of(find_device(job.train.accelerator), job.train.devices)


def train(job: AnyJob, folder: str | Path, resume: bool = False, progress: bool = True, if_taken: str = SHARE) -> Path:
    """Run a job to its end and return the checkpoint it wrote.

    Ctrl-C and SIGTERM end it after the step that is being done, with everything saved that ``resume`` needs.

    Args:
        job: model, data and recipe; when resuming the run's own is read, and of this one only where it runs: PLACE.
        folder: run folder.
        resume: continue from the last saved state, bit-equal to an uninterrupted run on the CPU with as many processes;
            a run that is done is not trained again.
        progress: progress bar with loss, learning rate and mIoU, or a detector's mAP.
        if_taken: what to do while another job has the device: SHARE, REFUSE or WAIT of models.training.turn.

    Raises:
        ValueError: if the configuration does not fit the data, the folder already holds another run, there is none
            to resume, its state is damaged, or the device is taken.
        KeyboardInterrupt: if it was stopped.
    """
    from models.training.distributed import FollowerFolder, end_processes, own_folder

    if resume:
        job = moved(job_of(RunFolder(Path(folder)).config()), job.train)
    run = own_folder(Path(folder), job.train)
    follows = isinstance(run, FollowerFolder)
    if resume:
        if run.checkpoint.exists() and run.status()["state"] == "done":
            return run.checkpoint
    elif not follows and run.has_steps():
        raise ValueError(f"{run.path} holds a run already; resume it with --resume or choose another folder.")
    run.create(to_dict(job))
    try:
        # Of the processes of one job the first one speaks for all.
        turn = turn_on(held_devices(job), run, SHARE if follows else if_taken)
        with interrupted_by_sigterm(), turn:
            run.set_status("starting")
            checkpoint = loop_of(job)(job, run, progress and not follows).run_to_end()
            end_processes(job.train)
            return checkpoint
    except KeyboardInterrupt:
        run.end("stopped", "interrupted; continue with --resume.")
        raise
    except BaseException as error:
        run.end("failed", explained(error, run.path, job.data, job.train))
        raise


def loop_of(job: AnyJob) -> type[Loop]:
    """The loop of this kind of job."""
    # Lightning takes seconds to import, and whoever only starts and watches jobs does not need it.
    if isinstance(job, Job):
        from models.training.segmentation import SegmentationLoop

        return SegmentationLoop
    from models.training.detector import DetectorLoop

    return DetectorLoop
