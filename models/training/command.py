"""What the command lines of training and probing have in common: their options, and the job that these describe."""

from __future__ import annotations

import argparse
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.config import DataConfig, DetectorConfig, ModelConfig, TrainConfig, from_dict
from models.presets import any_preset
from models.training.options import OptionNames, add_options, changed, given

if TYPE_CHECKING:
    from models.training.job import AnyJob

_DATA = OptionNames("data", renamed={"name": "data"})
# What segmentation networks have too, under the same options.
_SHARED = tuple({field.name for field in fields(DetectorConfig)} & {field.name for field in fields(ModelConfig)})


def add_train_options(parser: argparse.ArgumentParser) -> None:
    """Preset, recipe, run folder, and every field of the three configurations."""
    parser.usage = "%(prog)s [PRESET] [--recipe NAME] [--data NAME] [--root DIR] [--out DIR] [--resume] [OPTION ...]"
    parser.add_argument("preset", nargs="?", default="", metavar="PRESET", help="network; gald models lists them")
    parser.add_argument(
        "--recipe", default="", help="network, data and training of a paper, one phase of it; gald recipes lists them"
    )
    parser.add_argument("--out", type=Path, help="run folder (default: runs/PRESET-DATA)")
    parser.add_argument("--resume", action="store_true", help="continue the run in this folder")
    parser.add_argument("--wait", action="store_true", help="queue while another job has the device")
    add_quiet(parser)
    add_options(parser, DataConfig, _DATA)
    add_options(parser, TrainConfig, OptionNames("train"))
    add_options(parser, ModelConfig, OptionNames("model", default="the preset's"))
    detector = OptionNames("model", skipped=_SHARED, default="the preset's", title="model of a detector")
    add_options(parser, DetectorConfig, detector)


def add_probe_options(parser: argparse.ArgumentParser) -> None:
    """Checkpoint, output file, and every field of the two configurations."""
    from models.training.probe import ProbeConfig

    parser.usage = "%(prog)s CHECKPOINT --out FILE [--data NAME] [--root DIR] [--unfrozen] [OPTION ...]"
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="file, or a name of gald zoo")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint to write, ends in .safetensors")
    add_quiet(parser)
    add_options(parser, ProbeConfig, OptionNames("probe"))
    add_options(parser, DataConfig, replace(_DATA, default="as the network was trained"))


def add_quiet(parser: argparse.ArgumentParser) -> None:
    """The switch of every command that takes long."""
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def train_from(arguments: argparse.Namespace) -> tuple[Path, dict[str, Any]]:
    """Run, or resume, the job that the options describe.

    Returns:
        the checkpoint, and the last status of the run; of several processes only the first one returns.

    Raises:
        ValueError: if the options describe no job, or another one than the run that is to be resumed.
    """
    from models.training.distributed import own_rank
    from models.training.failures import explained, told
    from models.training.job import train
    from models.training.run_folder import RunFolder
    from models.training.turn import REFUSE, WAIT

    folder = arguments.out or _default_folder(arguments)
    job = _resumed_job(arguments, folder) if arguments.resume else job_from(arguments)
    follows = own_rank(job.train) > 0
    if_taken = WAIT if arguments.wait else REFUSE
    try:
        checkpoint = train(job, folder, arguments.resume, progress=not arguments.quiet, if_taken=if_taken)
    except KeyboardInterrupt:
        if follows:
            raise SystemExit(0) from None
        raise
    except (OSError, MemoryError, RuntimeError) as error:
        reason = explained(error, folder, job.data, job.train)
        # What is not known is a fault of ours and keeps its traceback.
        raise (error if reason == told(error) else ValueError(reason)) from error
    if follows:
        # The first process alone says what came out.
        raise SystemExit(0)
    return checkpoint, RunFolder(folder).status()


def job_from(arguments: argparse.Namespace) -> AnyJob:
    """The job that preset, recipe and options describe.

    Raises:
        ValueError: if there is neither preset nor recipe, or a name or value is refused.
    """
    _check_named(arguments)
    if arguments.recipe:
        job = _recipe_job(arguments)
    else:
        job = _job(arguments.preset, any_preset(arguments.preset).model, DataConfig(), TrainConfig())
    job = changed(job, _given(arguments, job))
    _check_start(arguments.recipe, job)
    return job


def probe_from(arguments: argparse.Namespace) -> Path:
    """Train the stage classifiers that the options describe and return the new checkpoint.

    Raises:
        ValueError: as models.training.probe.probe.
    """
    from models.checkpoint import load_checkpoint
    from models.training.probe import ProbeConfig, probe

    trained_on = load_checkpoint(arguments.checkpoint).meta.get("training", {}).get("data", {})
    data = changed(from_dict(DataConfig, trained_on), given(arguments, "data"))
    config = changed(ProbeConfig(), given(arguments, "probe"))
    return probe(arguments.checkpoint, data, config, arguments.out, progress=not arguments.quiet)


def _recipe_job(arguments: argparse.Namespace) -> AnyJob:
    from models.recipes import recipe

    found = recipe(arguments.recipe)
    name = arguments.preset or found.preset
    model = any_preset(name).model
    if type(model) is not type(any_preset(found.preset).model):
        raise ValueError(
            f"recipe {arguments.recipe!r} trains {found.preset!r}, {name!r} is another kind of network; "
            "choose a recipe of its kind (gald recipes)."
        )
    own = found.model if name == found.preset else None
    return _job(name, own or model, found.data, found.train)


def _job(name: str, model: ModelConfig | DetectorConfig, data: DataConfig, recipe: TrainConfig) -> AnyJob:
    from models.training.job import DetectorJob, Job

    if isinstance(model, DetectorConfig):
        return DetectorJob(name, model, data, recipe)
    return Job(name, model, data, recipe)


def _check_start(name: str, job: AnyJob) -> None:
    from models.recipes import phases

    # Without it such a network would be trained from a random backbone whose BatchNorm may stand still.
    if name and not job.train.start and len(order := phases(name)) > 1:
        raise ValueError(
            f"recipe {name!r} is a later phase ({' -> '.join(order)}): train --recipe {order[-2]} first, "
            "and give its checkpoint with --start."
        )


def _resumed_job(arguments: argparse.Namespace, folder: Path) -> AnyJob:
    """The job of the run in this folder, where the options say; the others that are given must agree with it."""
    from models.training.job import PLACE, job_of, moved
    from models.training.run_folder import RunFolder

    job = job_of(RunFolder(folder).config())
    where = {name: value for name, value in given(arguments, "train").items() if name in PLACE}
    job = moved(job, replace(job.train, **where))
    asked = changed(job, _given(arguments, job) | ({"preset": arguments.preset} if arguments.preset else {}))
    if asked != job:
        raise ValueError(
            f"the run in {folder} was started with other values, and a resumed run keeps its own; "
            f"give only --resume --out {folder} and where it runs (--accelerator, --devices, --nodes), or start "
            "another run in another folder."
        )
    return job


def _default_folder(arguments: argparse.Namespace) -> Path:
    if arguments.recipe:
        return Path("runs") / arguments.recipe
    _check_named(arguments)
    return Path("runs") / f"{arguments.preset}-{given(arguments, 'data').get('name', DataConfig().name)}"


def _check_named(arguments: argparse.Namespace) -> None:
    if not arguments.preset and not arguments.recipe:
        raise ValueError("there is nothing to train: give a PRESET (gald models) or --recipe NAME (gald recipes).")


def _given(arguments: argparse.Namespace, job: AnyJob) -> dict[str, dict[str, Any]]:
    groups = {group: given(arguments, group) for group in ("model", "data", "train")}
    strange = sorted(set(groups["model"]) - {field.name for field in fields(job.model)})
    if strange:
        kind = "a detector" if isinstance(job.model, DetectorConfig) else "no detector"
        raise ValueError(f"{job.preset!r} is {kind} and has no {', '.join(strange)}; leave out these options.")
    if "iterations" in groups["train"]:
        # A number of steps is meant instead of a recipe's epochs.
        groups["train"] = {"epochs": 0} | groups["train"]
    return groups
