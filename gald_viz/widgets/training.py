"""A training job in a notebook: the same process and run folder as from the command line and the app.

The job belongs to no kernel: closing or restarting the notebook stops nothing, and the cell run again follows it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets
import plotly.graph_objects as go

from gald_viz.analysis.training import curve
from gald_viz.figures.sheet import Heading
from gald_viz.figures.training import RunCurves, curves_figure
from models.training import launch
from models.training.job import AnyJob
from models.training.run_folder import RunFolder


class TrainingWidget(ipywidgets.VBox):
    """Buttons to start, stop and resume a job, and its curves while it runs.

    Args:
        folder: run folder, there already or to be made.
        job: what Start trains; with None a run that is there is followed.
        seconds: between two looks at the folder; 0 looks only when ``refresh`` is called.
        wait: queue while another job has the device.

    Attributes:
        run: the run folder.
        status: what is said about the run, as HTML.
        figure: loss, mIoU and learning rate.
    """

    def __init__(self, folder: str | Path, job: AnyJob | None = None, seconds: float = 2.0, wait: bool = False) -> None:
        self.run, self._job, self._wait = RunFolder(Path(folder)), job, wait
        self.start_button = self._button("Start", "success", lambda: launch.launch(self._given(), folder, wait))
        self.stop_button = self._button("Stop", "warning", lambda: launch.stop(folder))
        self.resume_button = self._button("Resume", "info", lambda: launch.resume(folder, wait))
        self.status, self.trouble = ipywidgets.HTML(), ipywidgets.HTML()
        self.figure = go.FigureWidget(self._drawn())
        buttons = ipywidgets.HBox([self.start_button, self.stop_button, self.resume_button])
        super().__init__([buttons, self.status, self.trouble, self.figure])
        self._closed = threading.Event()
        self.refresh()
        if seconds:
            threading.Thread(target=self._follow, args=(seconds,), daemon=True).start()

    def refresh(self) -> None:
        """Look at the run folder now."""
        state = launch.run_state(self.run.path) if (self.run.path / "config.json").exists() else None
        self.status.value = "no run yet" if state is None else _sentence(state)
        self.start_button.disabled = self._job is None or (state is not None and (state.active or self.run.has_steps()))
        self.stop_button.disabled = state is None or not state.active or bool(state.host)
        self.resume_button.disabled = state is None or state.state not in ("stopped", "failed")
        drawn = self._drawn()
        with self.figure.batch_update():
            for trace, new in zip(self.figure.data, drawn.data, strict=True):
                trace.update(x=new.x, y=new.y)
            self.figure.layout.title.text = drawn.layout.title.text

    def close(self) -> None:
        """Look no more; the job goes on."""
        self._closed.set()
        super().close()

    def _given(self) -> AnyJob:
        if self._job is None:
            raise ValueError("this widget follows a run and has no job to start; give it one.")
        return self._job

    def _button(self, title: str, style: str, action: Callable[[], object]) -> ipywidgets.Button:
        button = ipywidgets.Button(description=title, button_style=style)
        button.on_click(lambda _button: self._do(action))
        return button

    def _do(self, action: Callable[[], object]) -> None:
        try:
            action()
        except (ValueError, ProcessLookupError) as error:
            self.trouble.value = f"<b>{escape(str(error))}</b>"
        else:
            self.trouble.value = ""
        self.refresh()

    def _drawn(self) -> go.Figure:
        rows = self.run.metrics()
        curves = RunCurves(curve(rows, "train", "loss"), curve(rows, "train", "lr"), curve(rows, "val", "miou"))
        subtitle = f"loss {curves.loss.last:.3f} · mIoU {100 * curves.miou.last:.1f} %" if rows else "no step yet"
        return curves_figure({self.run.path.name: curves}, Heading(self.run.path.name, subtitle))

    def _follow(self, seconds: float) -> None:
        while not self._closed.wait(seconds):
            self.refresh()


def _sentence(state: launch.RunState) -> str:
    status: dict[str, Any] = state.status
    parts = [f"<b>{state.state}</b>", escape(state.host and f"on {state.host}")]
    if status.get("steps"):
        parts.append(f"step {status.get('step', 0)} of {status['steps']}")
    if status.get("samples_per_second"):
        parts.append(f"{status['samples_per_second']:.1f} samples/s on {escape(str(status.get('device', '')))}")
        parts.append(f"{status.get('memory', 0) / 1e9:.2f} GB")
        parts.append(f"{status.get('eta', 0) / 60:.1f} min left")
    parts.append(escape(str(status.get("reason", ""))))
    return " · ".join(filter(None, parts))
