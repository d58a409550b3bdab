"""What a training job leaves behind: configuration, status, metrics, log and resumable state, as plain files."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from models.checkpoint import write_atomically
from models.training.process import ProcessMark, mark_of

ACTIVE = ("queued", "starting", "running", "stopping")
STATES = (*ACTIVE, "stopped", "done", "failed")
CONSOLE = "console.txt"
_FIELDS = ("step", "split", "name", "value")
# So much of the disk is kept to say, when it is full, that it is full.
_RESERVE_BYTES = 1 << 16


@dataclass(frozen=True)
class RunFolder:
    """runs/NAME/: config.json, status.json, metrics.csv, log.txt, checkpoints/, frames/, pid, process.json.

    Attributes:
        path: the folder; made by ``create``.
    """

    path: Path

    def create(self, config: dict[str, Any]) -> None:
        """Make the folder and write the configuration and this process's id.

        Raises:
            ValueError: if another process is at work in it.
        """
        mark = self.process()
        # Whoever started this process has written its number already.
        expected = self._stored_status().get("state") == "queued" and mark.pid == os.getpid()
        if self.is_active() and not expected:
            raise ValueError(
                f"process {mark.pid} is still at work in {self.path}; wait until it ends or stop it. "
                f"If that process is something else, delete {self.path / 'pid'}."
            )
        (self.path / "checkpoints").mkdir(parents=True, exist_ok=True)
        self.claim(os.getpid())
        self._json("config.json", config)

    def prepare(self, config: dict[str, Any]) -> None:
        """Make the folder of a run that another process is going to work on.

        Raises:
            ValueError: if a process is at work in it.
        """
        if self.is_active():
            raise ValueError(f"process {self.process().pid} is still at work in {self.path}; wait, or stop it first.")
        (self.path / "checkpoints").mkdir(parents=True, exist_ok=True)
        (self.path / "pid").unlink(missing_ok=True)
        self._json("config.json", config)
        self.set_status(**(self._stored_status() | {"state": "queued", "reason": ""}))

    def claim(self, pid: int) -> None:
        """Write which process of this machine works here."""
        (self.path / "pid").write_text(str(pid))
        self._json("process.json", asdict(mark_of(pid)))
        if pid == os.getpid():
            self._reserve.write_bytes(os.urandom(_RESERVE_BYTES))

    def process(self) -> ProcessMark:
        """The process that works here, or did; its pid is 0 when there is none."""
        try:
            pid = int((self.path / "pid").read_text())
        except (ValueError, FileNotFoundError):
            return ProcessMark(0)
        file = self.path / "process.json"
        mark = ProcessMark(**_read_json(file)) if file.is_file() else ProcessMark(pid)
        return mark if mark.pid == pid else ProcessMark(pid)

    def config(self) -> dict[str, Any]:
        """What ``create`` wrote.

        Raises:
            ValueError: if the folder is no run, or the file is damaged.
        """
        file = self.path / "config.json"
        if not file.is_file():
            raise ValueError(f"{self.path} is not a run folder: config.json is missing; start a run without --resume.")
        return _read_json(file)

    def has_steps(self) -> bool:
        """Whether a run got as far as its first step; one that failed before may be replaced."""
        return bool(self.metrics()) or self.state_file.exists() or self.checkpoint.exists()

    def set_status(self, state: str, **values: Any) -> None:
        """Replace status.json atomically.

        Raises:
            ValueError: if there is no such state.
        """
        if state not in STATES:
            raise ValueError(f"state is {state!r}, must be one of {STATES}.")
        if state not in ACTIVE:
            self._reserve.unlink(missing_ok=True)
        self._json("status.json", {"state": state, **values, "time": time.time()})

    def end(self, state: str, reason: str) -> None:
        """Say why a run ended early; step and the rest stay as they were, the log gets the reason too."""
        # The reserve goes first, so a full disk has room for this.
        self.set_status(**(self._stored_status() | {"state": state, "reason": reason}))
        with suppress(OSError):
            self.log(f"{state}: {reason}")

    def status(self) -> dict[str, Any]:
        """The last status; a run whose process died without saying so is ``failed``.

        Raises:
            ValueError: if the folder has no status.
        """
        if not (self.path / "status.json").is_file():
            raise ValueError(f"{self.path} is not a run folder: status.json is missing; start a run there first.")
        if self._stored_status()["state"] not in ACTIVE or self._alive():
            return self._stored_status()
        # Read again: it may have ended properly between the two looks.
        status = self._stored_status()
        if status["state"] in ACTIVE:
            status |= {"state": "failed", "reason": f"the process ended without a word{self._last_words()}"}
        return status

    def is_active(self) -> bool:
        """Whether a living process is at work here."""
        return self._stored_status().get("state") in ACTIVE and self._alive()

    def add_metrics(self, step: int, split: str, values: dict[str, float]) -> None:
        """Append rows to metrics.csv; nine digits give every float32 back.

        Args:
            step: from 1.
            split: ``train`` or the one that is validated on.
            values: name -> number.
        """
        file = self.path / "metrics.csv"
        text = io.StringIO()
        writer = csv.writer(text)
        if not file.exists():
            writer.writerow(_FIELDS)
        writer.writerows((step, split, name, f"{value:.9g}") for name, value in values.items())
        with file.open("a", newline="") as out:
            out.write(text.getvalue())

    def metrics(self) -> list[tuple[int, str, str, float]]:
        """Rows of metrics.csv: step, split, name, value; none before the first step."""
        file = self.path / "metrics.csv"
        if not file.exists():
            return []
        with file.open(newline="") as source:
            rows = list(csv.reader(source))[1:]
        # A machine that stops in the middle of a row leaves a part of it.
        return [(int(row[0]), row[1], row[2], float(row[3])) for row in rows if len(row) == len(_FIELDS) and row[3]]

    def drop_metrics_after(self, step: int) -> None:
        """Forget the rows of steps that a resumed run is going to do again."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(_FIELDS)
        writer.writerows((*row[:3], f"{row[3]:.9g}") for row in self.metrics() if row[0] <= step)
        write_atomically(self.path / "metrics.csv", text.getvalue().encode())

    def log(self, line: str) -> None:
        """Append a line with the time of day to log.txt."""
        with (self.path / "log.txt").open("a") as out:
            out.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}\n")

    def save_state(self, state: dict[str, Any]) -> None:
        """Write the resumable state: tensors, numbers and strings only."""
        buffer = io.BytesIO()
        torch.save(state, buffer)
        write_atomically(self.state_file, buffer.getvalue())

    def load_state(self) -> dict[str, Any] | None:
        """The resumable state, or None when there is none yet.

        Raises:
            ValueError: if the file is damaged.
        """
        if not self.state_file.exists():
            return None
        try:
            return torch.load(self.state_file, weights_only=True, map_location="cpu")
        except Exception as error:  # readers of zip, pickle and tensors raise many kinds; all mean the same here
            raise ValueError(
                f"{self.state_file} is damaged ({type(error).__name__}); put a copy of it back, "
                "or delete it to resume from step 0."
            ) from error

    @property
    def state_file(self) -> Path:
        """Optimizer, random state and weights of the last saved step."""
        return self.path / "checkpoints" / "state.pt"

    @property
    def checkpoint(self) -> Path:
        """The finished network."""
        return self.path / "checkpoints" / "final.safetensors"

    @property
    def frames(self) -> Path:
        """What the network says about a few fixed images, by step."""
        return self.path / "frames"

    def _json(self, name: str, values: dict[str, Any]) -> None:
        write_atomically(self.path / name, json.dumps(values, indent=2).encode())

    def _stored_status(self) -> dict[str, Any]:
        file = self.path / "status.json"
        return _read_json(file) if file.is_file() else {}

    @property
    def _reserve(self) -> Path:
        return self.path / ".reserve"

    def _alive(self) -> bool:
        return self.process().lives()

    def _last_words(self) -> str:
        """The last line that a process in the background printed, which tells why it could not even start."""
        console = self.path / CONSOLE
        lines = console.read_text(errors="replace").splitlines() if console.is_file() else []
        said = next((line.strip() for line in reversed(lines) if line.strip()), "")
        hint = "it was killed, maybe for lack of memory: continue with --resume, or start again with a lower batch."
        return f" ({said[:300]}); {hint}" if said else f"; {hint}"


def _read_json(file: Path) -> dict[str, Any]:
    try:
        return json.loads(file.read_text())
    except ValueError as error:
        raise ValueError(f"{file} is damaged ({error}); put a copy of it back, or start another run.") from error
