"""Jobs in processes of their own: start, list, stop and resume them from a page, a notebook or a script.

The process is that of ``python -m models.training train``. It belongs to no terminal and to no parent: closing the page
or the notebook that started it changes nothing.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.config import TrainConfig, to_dict
from models.training.job import AnyJob, held_devices, job_of, moved
from models.training.run_folder import ACTIVE, CONSOLE, RunFolder
from models.training.turn import check_free

_SOURCES = Path(__file__).resolve().parents[2]
_LOOK = 0.2  # seconds between two looks
_PATIENCE = 5.0  # seconds for a process that has not begun to train


@dataclass(frozen=True, slots=True)
class RunState:
    """A run folder at a glance.

    Attributes:
        path: the folder.
        state: one of models.training.run_folder.STATES.
        preset: of its network.
        data: name of its data set.
        status: all of status.json.
        host: the machine it runs on where that is another one, else empty.
    """

    path: Path
    state: str
    preset: str
    data: str
    status: dict[str, Any] = field(default_factory=dict)
    host: str = ""

    @property
    def active(self) -> bool:
        """Whether its process is at work or waits for its turn."""
        return self.state in ACTIVE

    @property
    def may_stop(self) -> bool:
        """Whether it can be asked to stop from here; asked twice, a job ends at once, without saving its last steps."""
        return self.active and not self.host and self.state != "stopping"

    @property
    def may_resume(self) -> bool:
        """Whether it can go on from what it saved."""
        return self.state in ("stopped", "failed") and bool(self.preset)


def launch(job: AnyJob, folder: str | Path, wait: bool = False) -> RunFolder:
    """Start a job in a process of its own and return at once; its run folder tells the rest.

    Args:
        job: model, data and recipe.
        folder: run folder; one whose run failed before its first step may be used again.
        wait: queue while another job has the device.

    Raises:
        ValueError: if the folder holds a run already, or the device does not exist or is taken.
    """
    run = RunFolder(Path(folder).resolve())
    devices = held_devices(job)
    if run.is_active() or run.has_steps():
        raise ValueError(f"{run.path} holds a run already; resume it or choose another folder.")
    if not wait:
        check_free(devices)
    run.prepare(to_dict(job))
    _start(run, wait)
    return run


def resume(folder: str | Path, wait: bool = False, accelerator: str = "") -> RunFolder:
    """Continue a run that was stopped or failed, in a process of its own.

    Args:
        folder: its run folder.
        wait: queue while another job has the device.
        accelerator: another device than the run had, with one process; empty for its own.

    Raises:
        ValueError: if it is at work, done or no run, or its device is taken.
    """
    run = RunFolder(Path(folder).resolve())
    job, state = job_of(run.config()), run.status()["state"]
    if state in (*ACTIVE, "done"):
        raise ValueError(f"the run in {run.path} is {state}; only one that was stopped or failed can be resumed.")
    if accelerator:
        job = moved(job, TrainConfig(accelerator=accelerator))
    devices = held_devices(job)
    if not wait:
        check_free(devices)
    run.prepare(to_dict(job))
    _start(run, wait)
    return run


def stop(folder: str | Path) -> None:
    """Ask a run to stop: it ends after its step, with all that resume needs saved.

    Raises:
        ValueError: if it is not at work, or runs on another machine.
    """
    run = RunFolder(Path(folder))
    state, mark = run.status()["state"], run.process()
    if state not in ACTIVE:
        raise ValueError(f"the run in {run.path} is {state}; only one that is at work can be stopped.")
    if mark.elsewhere:
        raise ValueError(f"the run in {run.path} works on {mark.host}; stop it there: kill {mark.pid}.")
    os.kill(mark.pid, signal.SIGTERM)
    if state == "queued":
        _see_out(run)


def wait(folder: str | Path, step: int = 0, seconds: float = 3600.0) -> RunState:
    """Wait until a run has ended and its process is gone, or until it has done so many steps.

    Args:
        folder: its run folder.
        step: this step at the latest; 0 for the end.
        seconds: at most.

    Returns:
        how it is then.

    Raises:
        ValueError: if it takes longer.
    """
    deadline = time.monotonic() + seconds
    while not _reached(state := run_state(folder), step):
        if time.monotonic() > deadline:
            raise ValueError(f"the run in {folder} is {state.state} after {seconds:g} s; look at it, or wait longer.")
        time.sleep(_LOOK)
    return state


def _reached(state: RunState, step: int) -> bool:
    if state.active:
        return 0 < step <= state.status.get("step", 0)
    mark = RunFolder(state.path).process()
    # It says that it is done a moment before it is gone; one that runs in this very process stays.
    return bool(state.host) or mark.pid == os.getpid() or not mark.lives()


def _see_out(run: RunFolder) -> None:
    """Before it reads its configuration a process dies of the signal without a word: say it in its place."""
    mark, deadline = run.process(), time.monotonic() + _PATIENCE
    while mark.lives() and run.status()["state"] == "queued" and time.monotonic() < deadline:
        time.sleep(0.05)
    if not mark.lives() and run.status()["state"] == "failed":
        run.end("stopped", "stopped before it began; continue with --resume.")


def runs(folder: str | Path) -> list[RunState]:
    """The run folders in a folder, the one that changed last first; what is no run is left out."""
    found = [path.parent for path in Path(folder).glob("*/config.json")]
    return sorted(map(run_state, found), key=lambda run: (-run.status.get("time", 0.0), run.path.name))


def run_state(folder: str | Path) -> RunState:
    """State of one run; a damaged one is ``failed`` with the reason."""
    run = RunFolder(Path(folder))
    try:
        config, status, mark = run.config(), run.status(), run.process()
        known = (str(config.get("preset", "")), str(config.get("data", {}).get("name", "")))
        return RunState(run.path, str(status["state"]), *known, status, mark.host if mark.elsewhere else "")
    except (ValueError, OSError, KeyError, TypeError) as error:
        return RunState(run.path, "failed", "", "", {"reason": str(error)})


def _start(run: RunFolder, wait: bool) -> None:
    command = [sys.executable, "-m", "models.training", "train", "--resume", "--quiet", "--out", str(run.path)]
    paths = [str(_SOURCES), *filter(None, [os.environ.get("PYTHONPATH")])]
    with (run.path / CONSOLE).open("w") as console:
        process = subprocess.Popen(
            [*command, *(["--wait"] if wait else [])],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
    run.claim(process.pid)
    # Somebody has to look at it when it ends, else its number is never free again.
    threading.Thread(target=process.wait, daemon=True).start()
