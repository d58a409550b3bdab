"""A training job in a notebook: the same process and run folder as from the command line and the app.

The job belongs to no kernel: closing or restarting the notebook stops nothing, and the cell run again follows it.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np
import plotly.graph_objects as go

from gald_viz import runs
from gald_viz.analysis.training import Curve
from gald_viz.figures.sheet import Heading
from gald_viz.figures.training import Answer, RunCurves, answer_figure, classes_figure, curves_figure
from gald_viz.widgets.frames import FixedImages
from gald_viz.widgets.pictures import Plots
from models.training import launch
from models.training.job import AnyJob
from models.training.run_folder import RunFolder


class TrainingWidget(ipywidgets.VBox):
    """Buttons to start, stop and resume a job, its curves, and what it says about a few images while it runs.

    Args:
        folder: run folder, there already or to be made.
        job: what Start trains; with None a run that is there is followed.
        seconds: between two looks at the folder; 0 looks only when ``refresh`` is called.
        wait: queue while another job has the device.

    Attributes:
        run: the run folder.
        status: what is said about the run, as HTML.
        curves: loss, mIoU or mAP@.5, learning rate and images a second.
        images: the fixed images.
        classes: IoU or AP of each class, once there is one.
    """

    def __init__(self, folder: str | Path, job: AnyJob | None = None, seconds: float = 2.0, wait: bool = False) -> None:
        _load_plotly()
        self.run, self._job, self._wait = RunFolder(Path(folder)), job, wait
        self.start_button = self._button("Start", "success", lambda: launch.launch(self._given(), folder, wait))
        self.stop_button = self._button("Stop", "warning", lambda: launch.stop(folder))
        self.resume_button = self._button("Resume", "info", lambda: launch.resume(folder, wait))
        self.status, self.trouble = ipywidgets.HTML(), ipywidgets.HTML()
        self.curves, self.images, self.classes = Plots(), FixedImages(self.run.path), Plots()
        buttons = ipywidgets.HBox([self.start_button, self.stop_button, self.resume_button])
        super().__init__([buttons, self.status, self.trouble, self.curves, self.images, self.classes])
        self._closed, self._looking = threading.Event(), threading.Lock()
        self.refresh()
        if seconds:
            threading.Thread(target=self._follow, args=(seconds,), daemon=True).start()

    def refresh(self) -> None:
        """Look at the run folder now."""
        with self._looking:
            state = launch.run_state(self.run.path) if (self.run.path / "config.json").exists() else None
            self.status.value = "no run yet" if state is None else _sentence(state)
            begun = state is not None and (state.active or self.run.has_steps())
            self.start_button.disabled = self._job is None or begun
            self.stop_button.disabled = state is None or not state.may_stop
            self.resume_button.disabled = state is None or not state.may_resume
            if state is not None and state.preset:
                self._draw()

    def close(self) -> None:
        """Look no more; the job goes on."""
        self._closed.set()
        super().close()

    def _draw(self) -> None:
        view = runs.run_view(self.run.path)
        self.curves.show(_steady(runs.runs_figure({self.run.path.name: view})))
        self.images.refresh()
        if view.classes:
            self.classes.show(_steady(runs.rates_figure(view)))

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

    def _follow(self, seconds: float) -> None:
        while not self._closed.wait(seconds):
            try:
                self.refresh()
            except (ValueError, OSError, ImportError) as error:
                self.trouble.value = f"A part of the run cannot be read now: {escape(str(error))}"


def _load_plotly() -> None:
    """Draw once here: Plotly imports its classes when they are first used, which two threads must not do at once."""
    # Plotly asks any pandas that has begun to load, also one that another thread is loading.
    with suppress(ImportError):
        importlib.import_module("pandas")
    line = Curve(np.array([1]), np.array([0.5]))
    heading, ids = Heading("", ""), np.zeros((2, 2), np.uint8)
    answer = Answer(np.zeros((2, 2, 3), np.uint8), ids, {"": ids}, {"": ids.astype(float)})
    for figure in (
        curves_figure(dict.fromkeys("ab", RunCurves(line, line, line, line)), heading),
        classes_figure({"": line}, {}, "", heading),
        answer_figure(answer, ("",), np.zeros((1, 3), np.uint8), heading),
    ):
        figure.to_dict()


def _steady(figure: go.Figure) -> tuple[go.Figure]:
    """For a reader's zoom to stay while values are added."""
    return (figure.update_layout(uirevision="the run"),)


def _sentence(state: launch.RunState) -> str:
    status: dict[str, Any] = state.status
    parts = [f"<b>{state.state}</b>", escape(state.host and f"on {state.host}")]
    if status.get("steps"):
        parts.append(f"step {status.get('step', 0)} of {status['steps']}")
    if state.active and status.get("doing"):
        parts.append(escape(str(status["doing"])))
    if status.get("samples_per_second"):
        parts.append(f"{status['samples_per_second']:.1f} samples/s on {escape(str(status.get('device', '')))}")
        parts.append(f"peak memory {status.get('memory', 0) / 1e9:.2f} GB")
        parts.append(_time_left(status))
    parts.append(escape(str(status.get("reason", ""))))
    return " · ".join(filter(None, parts))


def _time_left(status: dict[str, Any]) -> str:
    left = int(status.get("validations_left") or 0)
    more = f" and {left} validations" if left and status.get("validation_seconds") is None else ""
    return f"{(status.get('eta') or 0) / 60:.1f} min{more} left"
