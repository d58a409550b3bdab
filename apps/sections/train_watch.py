"""Main area of the Train page: one run, followed while it is at work, beside others."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import streamlit as st

from apps import jobs
from apps.components.words import plain
from apps.sections.view_body import show_figure, show_numbers
from gald_viz import runs, scrubber
from gald_viz.analysis.scrub import METHODS, PCA
from models.training import launch
from models.training.launch import RunState
from models.training.run_folder import RunFolder

KEY = "control.train"
RUN = f"{KEY}.run"
_SECONDS = 1.5
_SILENT = 120  # seconds after which a run of another machine is called silent
_MARKS = {"done": "✓", "failed": "✗", "stopped": "■", "running": "▶", "queued": "…", "starting": "…", "stopping": "…"}


def choose_run(found: list[RunState]) -> tuple[RunState, list[Path]]:
    """The run that is followed, and the folders of those that it is compared with."""
    names = {run.path.name: run for run in found}
    if st.session_state.get(RUN) not in names:
        st.session_state[RUN] = found[0].path.name
    left, right = st.columns([0.5, 0.5])
    name = left.selectbox("Run", list(names), key=RUN, format_func=lambda name: _title(names[name]))
    others = [other for other in names if other != name]
    key = f"{KEY}.others"
    st.session_state[key] = [other for other in st.session_state.get(key, []) if other in others]
    compared = right.multiselect("Compare with", others, key=key, placeholder="Other runs of this folder")
    return names[name], [names[other].path for other in compared]


def follow(run: RunState, others: list[Path]) -> None:
    """Draw a run, again and again while it is at work."""
    st.fragment(_follow, run_every=_SECONDS if run.active else None)(run.path, others, run.state)


def _title(run: RunState) -> str:
    return f"{_MARKS.get(run.state, '')} {run.path.name} · {run.state}"


def _follow(path: Path, others: list[Path], seen: str) -> None:
    run = launch.run_state(path)
    if run.state != seen:
        # The buttons and the list stand outside of what is drawn again here.
        st.rerun()
    _show_state(run)
    try:
        views = {one.name: jobs.run_view(one) for one in (path, *others)}
        view = views[path.name]
        if len(view.curves.loss.step):
            show_figure(runs.runs_figure(views), "figure.train.curves")
            _show_frames(path)
        if view.classes:
            show_figure(runs.rates_figure(view), "figure.train.classes")
    except (ValueError, OSError) as error:
        # A folder that is being copied, or a frame that has just been thinned out.
        st.warning(plain(f"A part of the run cannot be read now: {error}"))


def _show_state(run: RunState) -> None:
    status = run.status
    steps, step = int(status.get("steps", 0)), int(status.get("step", 0))
    where = f" on {run.host}" if run.host else ""
    doing = f", {status['doing']}" if status.get("doing") and run.active else ""
    said = f"step {step} of {steps}{doing}" if steps else "no step yet"
    facts = plain(f"{where} · {run.preset} · {run.data} · {said}")
    st.progress(step / steps if steps else 0.0, f"**{run.state}**{facts}")
    numbers = st.columns([0.24, 0.17, 0.17, 0.23, 0.19])
    shown = (
        ("time left", time_left(status), "Steps, and validations once one was measured. The last one takes longest."),
        ("s a step", _number(status.get("step_seconds"), "{:.3g}"), "Mean of the steps so far."),
        ("images/s", _number(status.get("samples_per_second"), "{:.1f}"), "Images that it learns from."),
        (
            "memory",
            _number(status.get("memory"), "{:.2f} GB", 1e-9),
            "The peak: tensors on a GPU, the process on a CPU.",
        ),
        ("device", str(status.get("device", "–")), None),
    )
    for place, (label, text, tip) in zip(numbers, shown, strict=True):
        place.metric(label, text, help=tip)
    if not run.active and not run.host and not RunFolder(run.path).process().lives():
        st.caption("Its process has ended, and the memory it had is free again.")
    if run.state == "queued" and not status.get("reason"):
        st.caption("Its process is starting: the libraries take some seconds.")
    if status.get("reason"):
        (st.error if run.state == "failed" else st.info)(plain(str(status["reason"])))
    silent = time.time() - float(status.get("time", time.time()))
    if run.host and run.active and silent > _SILENT:
        st.warning(
            f"{run.host} has not written for {_duration(silent)}; whether it still works can only be seen there."
        )


def time_left(status: dict[str, Any]) -> str:
    """Of a run, with the number of validations where none was measured yet."""
    left = int(status.get("validations_left") or 0)
    text = _duration(status.get("eta"))
    if left and status.get("validation_seconds") is None:
        return f"{text} + {left} val."
    return text


def _show_frames(path: Path) -> None:
    steps, count = runs.frames_of(path)
    if not steps:
        st.caption("What the network says about a few fixed images is drawn from the first validation on.")
        return
    left, right = st.columns([0.25, 0.75])
    number = left.segmented_control(
        "Fixed image", range(count), key=f"{KEY}.image", default=0, format_func=lambda n: str(n + 1), required=True
    )
    key = f"{KEY}.step.{path.name}"
    # Whoever looks at what was the latest frame keeps looking at the latest.
    if st.session_state.get(key) == st.session_state.get(f"{key}.latest") or st.session_state.get(key) not in steps:
        st.session_state[key] = steps[-1]
    st.session_state[f"{key}.latest"] = steps[-1]
    step = steps[-1]
    if len(steps) > 1:
        step = right.select_slider("At step", steps, key=key)
    frame, least = jobs.frame(path, int(step), int(number or 0)), runs.LEAST
    if frame.has_objects:
        st.session_state.setdefault(f"{KEY}.least", least)
        least = st.slider("Least score", 0.05, 0.95, step=0.05, key=f"{KEY}.least")
    show_figure(runs.frame_figure(frame, least), "figure.train.frame")
    _show_scrub(path, int(step))


def _show_scrub(path: Path, step: int) -> None:
    """Features and class tokens at the step that the slider above chooses."""
    left, right = st.columns([0.6, 0.4])
    wanted = left.toggle("Features and class tokens at that step, all steps in one frame", key=f"{KEY}.scrub")
    method = right.segmented_control(
        "Frame", METHODS, key=f"{KEY}.scrub.frame", default=PCA, required=True, disabled=not wanted
    )
    if not wanted:
        return
    if reason := scrubber.missing(path):
        st.info(reason)
        return
    with st.spinner(f"Placing every step in the {method} of the last …", show_time=True):
        held = jobs.run_scrub(path, str(method))
    figure, numbers = st.columns([0.84, 0.16], gap="small")
    with figure:
        show_figure(scrubber.figure_at(held, step), "figure.train.scrub")
    with numbers:
        show_numbers(scrubber.numbers_at(held, step))
    st.caption(scrubber.note(held))


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def _number(value: float | None, form: str, factor: float = 1.0) -> str:
    return form.format(factor * value) if value and math.isfinite(value) else "–"
