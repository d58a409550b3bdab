"""Train and measure the rows of a study, one after the other; what is done is not done again.

Several processes may work at the same study in the same folders: a row that one of them is at is left to it.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from models.checkpoint import load_checkpoint
from models.config import to_dict
from models.data import open_data
from models.data.subset import limited
from models.evaluation.per_image import per_image
from models.study.conditions import Conditions, job_of_row, twins
from models.study.results import Result, Results
from models.study.row import Row, Study
from models.training.job import Job, job_of, train
from models.training.run_folder import RunFolder

_log = logging.getLogger(__name__)
_TAKEN = "another process is at it."


@dataclass(frozen=True, slots=True)
class Ran:
    """What running a study came to.

    Attributes:
        done: (row, seed) measured now.
        there: (row, seed) that had been measured before.
        left: (row, seed) -> why it is not done.
        failed: those of ``left`` that were tried.
    """

    done: list[tuple[str, int]]
    there: list[tuple[str, int]]
    left: dict[tuple[str, int], str]
    failed: list[tuple[str, int]]


def run_study(
    study: Study, conditions: Conditions, seeds: Sequence[int], results: Results, runs: Path, progress: bool = True
) -> Ran:
    """Train and measure every row with every seed; all rows get the first seed before any gets the second.

    A row that fails is reported in the log and in the answer, and does not stop the others.

    Args:
        study: its rows.
        conditions: of all rows.
        seeds: of the trainings.
        results: folder of what is measured; may hold results of the same conditions.
        runs: folder of the run folders, from which a training that was killed goes on.
        progress: show bars on stderr.

    Raises:
        ValueError: if the results were made under other conditions.
    """
    results.agree_on(conditions)
    same = twins(study.rows, conditions)
    ran = Ran([], [], {}, [])
    for seed in seeds:
        for row in study.rows:
            place = (row.key, seed)
            if row.key in same:
                ran.left[place] = f"it is the same network as {same[row.key]} here."
            elif results.file(row.key, seed).is_file():
                ran.there.append(place)
            elif why := _attempt(row, seed, conditions, (results, runs), progress):
                ran.left[place] = why
                if why != _TAKEN:
                    ran.failed.append(place)
                    _log.error("row %s, seed %d: %s", row.key, seed, why)
            else:
                ran.done.append(place)
    return ran


def _attempt(row: Row, seed: int, conditions: Conditions, folders: tuple[Results, Path], progress: bool) -> str:
    """Train and measure; empty, or why it could not be."""
    results, runs = folders
    try:
        job = job_of_row(row, conditions, seed)
        run = RunFolder(runs / f"{row.training_key}-seed-{seed}")
        with _claim(run.path) as is_ours:
            if not is_ours:
                return _TAKEN
            checkpoint = _trained(job, run, progress)
            results.save(row.key, seed, _measured(row, checkpoint, job, run, progress))
    except (ValueError, RuntimeError, OSError) as error:
        return str(error)
    return ""


def _trained(job: Job, run: RunFolder, progress: bool) -> Path:
    """The checkpoint of the job, trained now, further, or before."""
    if run.has_steps() or run.checkpoint.is_file():
        _check_same(job, run)
        return train(job, run.path, resume=True, progress=progress)
    return train(job, run.path, progress=progress)


def _check_same(job: Job, run: RunFolder) -> None:
    there = job_of(run.config())
    # Where the data lies and on which device it runs does not change what is learnt.
    moved = replace(there, data=replace(there.data, root=job.data.root))
    if to_dict(moved) != to_dict(job):
        raise ValueError(f"{run.path} holds a run under other conditions; delete it, or give another --runs.")


def _measured(row: Row, checkpoint: Path, job: Job, run: RunFolder, progress: bool) -> Result:
    loaded = load_checkpoint(checkpoint, row.test_stride or None)
    data = limited(open_data(job.data.name, job.data.root or None, job.data.val_split), job.data.limit)
    status, made = run.status(), loaded.meta["provenance"]
    facts = {
        "sha256": loaded.sha256,
        "parameters": loaded.meta["params"],
        "seconds": loaded.meta["training"]["seconds"],
        "steps": status.get("step"),
        "commit": made["commit"],
        "date": made["date"],
        "hardware": made["hardware"],
        "versions": made["versions"],
    }
    return Result(per_image(loaded.model, data, row.test, progress), facts)


@contextmanager
def _claim(folder: Path) -> Generator[bool]:
    """Whether nobody else is at this run; the claim goes with its process, however that ends."""
    import fcntl

    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f".{folder.name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
