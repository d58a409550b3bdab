"""What a training job leaves behind: configuration, status, metrics, log and resumable state, as plain files."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from models.checkpoint import write_atomically

STATES = ("queued", "starting", "running", "stopping", "stopped", "done", "failed")
_FIELDS = ("step", "split", "name", "value")


@dataclass(frozen=True)
class RunFolder:
    """runs/NAME/: config.json, status.json, metrics.csv, log.txt, checkpoints/, pid.

    Attributes:
        path: the folder; created by ``create``.
    """

    path: Path

    def create(self, config: dict[str, Any]) -> None:
        """Make the folder and write the configuration and this process's id."""
        (self.path / "checkpoints").mkdir(parents=True, exist_ok=True)
        self._json("config.json", config)
        (self.path / "pid").write_text(str(os.getpid()))

    def config(self) -> dict[str, Any]:
        """What ``create`` wrote.

        Raises:
            ValueError: if the folder is no run.
        """
        file = self.path / "config.json"
        if not file.is_file():
            raise ValueError(f"{self.path} is not a run folder: config.json is missing; start a run without --resume.")
        return json.loads(file.read_text())

    def set_status(self, state: str, **values: Any) -> None:
        """Replace status.json atomically."""
        if state not in STATES:
            raise ValueError(f"state is {state!r}, must be one of {STATES}.")
        self._json("status.json", {"state": state, "time": time.time(), **values})

    def status(self) -> dict[str, Any]:
        """The last status; a run whose process died without saying so is ``failed``."""
        status = json.loads((self.path / "status.json").read_text())
        if status["state"] in ("starting", "running", "stopping") and not self._alive():
            return {**status, "state": "failed", "reason": "the process ended without a word; resume the run."}
        return status

    def add_metrics(self, step: int, split: str, values: dict[str, float]) -> None:
        """Append rows to metrics.csv."""
        file = self.path / "metrics.csv"
        text = io.StringIO()
        writer = csv.writer(text)
        if not file.exists():
            writer.writerow(_FIELDS)
        writer.writerows((step, split, name, f"{value:.9g}") for name, value in values.items())
        with file.open("a", newline="") as out:
            out.write(text.getvalue())

    def drop_metrics_from(self, step: int) -> None:
        """Forget rows of steps that a resumed run is going to do again."""
        file = self.path / "metrics.csv"
        if not file.exists():
            return
        with file.open(newline="") as source:
            header, *rows = list(csv.reader(source))
        text = io.StringIO()
        csv.writer(text).writerows([header, *(row for row in rows if int(row[0]) <= step)])
        write_atomically(file, text.getvalue().encode())

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
        """The resumable state, or None when there is none yet."""
        if not self.state_file.exists():
            return None
        return torch.load(self.state_file, weights_only=True, map_location="cpu")

    @property
    def state_file(self) -> Path:
        """Optimizer, random state and weights of the last saved step."""
        return self.path / "checkpoints" / "state.pt"

    @property
    def checkpoint(self) -> Path:
        """The finished network."""
        return self.path / "checkpoints" / "final.safetensors"

    def _json(self, name: str, values: dict[str, Any]) -> None:
        write_atomically(self.path / name, json.dumps(values, indent=2).encode())

    def _alive(self) -> bool:
        try:
            os.kill(int((self.path / "pid").read_text()), 0)
        except (ProcessLookupError, ValueError, FileNotFoundError):
            return False
        except PermissionError:
            return True
        return True
