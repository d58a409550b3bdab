"""The Train page: the sidebar says what to train, the main area follows a run."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from apps import jobs
from apps.components.words import show_error
from apps.pages import place
from apps.roots import confined, runs_folder
from apps.sections.network import CHECKPOINT, OWN_FILE
from apps.sections.picture import DATA
from apps.sections.train_form import KEY, choose_job
from apps.sections.train_watch import RUN, choose_run, follow
from models.device import find_device
from models.training import launch
from models.training.estimate import STEPS
from models.training.job import AnyJob
from models.training.launch import RunState
from models.training.run_folder import RunFolder

_HOW = (
    "A training is a process of its own: it goes on when this page is closed, and what `gald train` or a notebook "
    "started in this folder is followed here too. Estimate does a few steps first and tells time and memory."
)
_STOP = "Ends after its step, or the validation that is being done, with all that Resume needs saved."
_NAME = re.compile(r"[\w.-]{1,80}")


def page() -> None:
    """Draw the page."""
    with st.sidebar:
        job = _job()
        typed = st.text_input("Run folders in", runs_folder(), key=f"{KEY}.folder")
        name = st.text_input("Name of the run", key=f"{KEY}.name", placeholder="PRESET-DATA").strip()
        wait = st.checkbox("Queue when the device is taken", key=f"{KEY}.wait")
        left, right = st.columns(2)
        asked = left.button("Estimate", key="train.estimate", width="stretch", disabled=job is None)
        pressed = right.button("Start", key="train.start", type="primary", width="stretch", disabled=job is None)
    try:
        folder = confined(typed, "folder of runs")
    except ValueError as error:
        show_error(error)
        return
    try:
        if job is not None and asked:
            with st.spinner(f"Doing {STEPS} steps …", show_time=True):
                st.info(estimate_text(job))
        if job is not None and pressed:
            st.session_state[RUN] = _launched(job, folder, name, wait)
    except ValueError as error:
        show_error(error)
    found = launch.runs(folder)
    if not found:
        st.info(f"No run in {folder} yet. Choose on the left what to train, then press Start. {_HOW}")
        return
    st.caption(_HOW)
    chosen, others = choose_run(found)
    _buttons(chosen)
    follow(chosen, others)


def _job() -> AnyJob | None:
    try:
        return choose_job()
    except ValueError as error:
        show_error(error)
        return None


def _launched(job: AnyJob, folder: Path, name: str, wait: bool) -> str:
    name = name or free_name(folder, f"{job.preset}-{job.data.name}")
    if not _NAME.fullmatch(name) or name.startswith("."):
        raise ValueError(f"name is {name!r}; give letters, digits, dots, dashes and underscores, at most 80.")
    launch.launch(job, folder / name, wait)
    return name


def free_name(folder: Path, name: str) -> str:
    """The name, with a number behind it where there is such a run already."""
    taken = {path.name for path in folder.glob(f"{name}*")}
    return next(f for n in range(1, len(taken) + 2) if (f := name if n == 1 else f"{name}-{n}") not in taken)


def estimate_text(job: AnyJob) -> str:
    """What a job will take, and how that is known.

    Raises:
        ValueError: if the job cannot be run.
    """
    found = jobs.measured(job)
    return (
        f"About {found.seconds / 60:.1f} min: {found.steps} steps of {found.step_seconds:.2f} s, and "
        f"{found.validations + 1} validations of {found.val_images} images, {found.validation_seconds / 60:.1f} min. "
        f"Peak memory {found.memory / 1e9:.2f} GB. Measured just now on {found.device}: {STEPS} steps from random "
        "weights, the first left out, and one image. Loading takes some seconds more; other programs slow it down."
    )


def _buttons(run: RunState) -> None:
    stop, resume, look, _ = st.columns([0.2, 0.2, 0.34, 0.26])
    if stop.button("Stop", key="train.stop", disabled=not run.may_stop, width="stretch", help=_STOP):
        _do(lambda: launch.stop(run.path))
    if resume.button("Resume", key="train.resume", disabled=not run.may_resume, width="stretch"):
        wait = bool(st.session_state.get(f"{KEY}.wait"))
        _do(lambda: launch.resume(run.path, wait, _other_device(run)))
    checkpoint = RunFolder(run.path).checkpoint
    if look.button("Open in the explorer", key="train.open", disabled=not checkpoint.exists(), width="stretch"):
        show_in_explorer(run, checkpoint)
        st.switch_page(place("explore"))


def _other_device(run: RunState) -> str:
    """The sidebar's device for a run whose own this machine has not; empty for its own."""
    try:
        find_device(RunFolder(run.path).config()["train"]["accelerator"])
    except ValueError:
        return str(st.session_state[f"{KEY}.device"])
    return ""


def show_in_explorer(run: RunState, checkpoint: Path) -> None:
    """Choose a run's network in the explorer, and the data that it was validated on."""
    config = RunFolder(run.path).config()
    st.session_state[CHECKPOINT] = OWN_FILE
    st.session_state["control.checkpoint.path"] = str(checkpoint.resolve())
    st.session_state[DATA] = run.data
    st.session_state[f"control.root.{run.data}"] = config["data"]["root"]
    st.session_state["control.view"] = "detections" if "kind" in config else "errors"


def _do(action: Callable[[], object]) -> None:
    try:
        action()
    except (ValueError, ProcessLookupError) as error:
        show_error(error)
    else:
        st.rerun()
