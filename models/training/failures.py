"""Why a job ended, in a sentence that says what to do."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import torch

from models.config import DataConfig, TrainConfig

_FULL = (errno.ENOSPC, errno.EDQUOT)
# What torch's allocator says on the CPU, where it raises a plain RuntimeError.
_NO_MEMORY = ("can't allocate memory", "not enough memory", "Cannot allocate memory", "out of memory")


def explained(error: BaseException, folder: Path, data: DataConfig, recipe: TrainConfig) -> str:
    """Reason and fix of what ended a job.

    Args:
        error: what was raised.
        folder: of the run.
        data: what the job reads.
        recipe: how it trains.
    """
    if isinstance(error, ValueError):
        return str(error)
    text = told(error)
    if _errno(error, *_FULL):
        free = shutil.disk_usage(folder).free / 2**20
        return (
            f"the disk of {folder} has no room ({free:.1f} MiB free): {text}. What was saved before is whole; "
            "make room, then continue with --resume."
        )
    if _errno(error, errno.EFBIG):
        return (
            f"a file in {folder} is larger than this account may write (ulimit -f): {text}. What was saved before is "
            "whole; raise the limit, then continue with --resume."
        )
    less = f"lower batch (now {recipe.batch}) or crop (now {data.crop[0]},{data.crop[1]})"
    if isinstance(error, torch.OutOfMemoryError):
        return f"the GPU's memory does not suffice: start another run with {less}, or precision bf16-mixed. {text}"
    if isinstance(error, MemoryError) or any(words in str(error) for words in _NO_MEMORY):
        return f"the memory does not suffice: start another run with {less}, or fewer workers. {text}"
    if "DataLoader worker" in str(error) and "killed" in str(error):
        return f"a loader process was killed, maybe for lack of memory: resume with fewer other programs. {text}"
    return text


def told(error: BaseException) -> str:
    """The error in its own words."""
    return f"{type(error).__name__}: {error}"


def _errno(error: BaseException | None, *numbers: int) -> bool:
    """Whether one of these is the system's word on the error, or on one behind it."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in numbers:
            return True
        error = error.__cause__ or error.__context__
    return False
