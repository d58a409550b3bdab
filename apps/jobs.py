"""What the Train page keeps between reruns: run folders as curves and pictures, and estimates."""

from __future__ import annotations

import json
from pathlib import Path

import streamlit as st

from gald_viz import runs, scrubber
from models.config import to_dict
from models.training.estimate import Estimate, estimate_apart
from models.training.frames import frame_steps
from models.training.job import AnyJob, job_of
from models.training.run_folder import RunFolder


def run_view(path: Path) -> runs.RunView:
    """Curves of a run folder; read again only when it has changed.

    Raises:
        ValueError: if it is damaged.
    """
    file = path / "metrics.csv"
    return _run_view(str(path), file.stat().st_mtime_ns if file.exists() else 0)


@st.cache_data(max_entries=16, show_spinner=False)
def _run_view(path: str, modified: int) -> runs.RunView:
    # A file that was written again is another key.
    return runs.run_view(Path(path))


def frame(path: Path, step: int, number: int) -> runs.Frame:
    """What the network said at a step about one of the fixed images."""
    file = RunFolder(path).frames / f"{step:08d}.npz"
    return _frame(str(path), step, number, file.stat().st_mtime_ns)


@st.cache_data(max_entries=64, show_spinner=False)
def _frame(path: str, step: int, number: int, modified: int) -> runs.Frame:
    return runs.frame(Path(path), step, number)


def run_scrub(path: Path, method: str) -> scrubber.RunScrub:
    """All steps of a run in the frame of the last; done again after every validation.

    Raises:
        ValueError: with the reason, if its frames hold no cells.
    """
    frames = RunFolder(path).frames
    files = [(step, (frames / f"{step:08d}.npz").stat().st_mtime_ns) for step in frame_steps(frames)]
    return _run_scrub(str(path), tuple(files), method)


@st.cache_data(max_entries=8, show_spinner=False)
def _run_scrub(path: str, files: tuple[tuple[int, int], ...], method: str) -> scrubber.RunScrub:
    return scrubber.run_scrub(Path(path), method)


def measured(job: AnyJob) -> Estimate:
    """A few real steps of the job, measured once.

    Raises:
        ValueError: as estimate_apart.
    """
    return _measured(json.dumps(to_dict(job)))


@st.cache_data(max_entries=32, show_spinner=False)
def _measured(text: str) -> Estimate:
    return estimate_apart(job_of(json.loads(text)))
