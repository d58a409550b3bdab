"""What the Train page keeps between reruns: run folders as curves and pictures, and estimates."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from gald_viz.analysis.affinity import affinity_maps
from gald_viz.analysis.training import Curve, Row, class_curves, curve
from gald_viz.figures.palette import css
from gald_viz.figures.training import Answer, RunCurves
from models.config import from_dict, to_dict
from models.data.classes import ClassSet
from models.training.estimate import Estimate, estimate_apart
from models.training.frames import AFFINITY, MASK, fixed_pictures, frame_steps, read_frame
from models.training.job import Job
from models.training.run_folder import RunFolder

RUNS = "GALD_RUNS"


@dataclass(frozen=True, slots=True)
class RunView:
    """What the page draws of a run.

    Attributes:
        curves: loss, learning rate, mIoU.
        classes: IoU of each class.
        colors: class -> css colour.
    """

    curves: RunCurves
    classes: dict[str, Curve]
    colors: dict[str, str]


def default_folder() -> str:
    """Where runs lie: GALD_RUNS, else runs/ where the server was started."""
    return os.environ.get(RUNS) or "runs"


def run_view(path: Path) -> RunView:
    """Curves of a run folder; read again only when it has changed."""
    file = path / "metrics.csv"
    return _run_view(str(path), file.stat().st_mtime_ns if file.exists() else 0)


@st.cache_data(max_entries=16, show_spinner=False)
def _run_view(path: str, modified: int) -> RunView:
    # A file that was written again is another key.
    run = RunFolder(Path(path))
    rows: list[Row] = run.metrics()
    classes, _ = fixed_pictures(run.frames)
    colors = {name: css(color) for name, color in zip(classes.names, classes.colors, strict=True)}
    curves = RunCurves(curve(rows, "train", "loss"), curve(rows, "train", "lr"), curve(rows, "val", "miou"))
    return RunView(curves, class_curves(rows), colors)


def frame_count(path: Path) -> tuple[list[int], int]:
    """Steps of which a run has frames, and how many fixed images."""
    frames = RunFolder(path).frames
    return frame_steps(frames), len(fixed_pictures(frames)[1])


@st.cache_data(max_entries=64, show_spinner=False)
def answer(path: str, step: int, number: int) -> tuple[Answer, ClassSet, str]:
    """What the network said at a step about one of the fixed images, the classes, and the image's id."""
    folder = RunFolder(Path(path)).frames
    classes, pictures = fixed_pictures(folder)
    held, picture = read_frame(folder, step, number), pictures[number]
    maps = {}
    if MASK in held:
        maps["LD mask, mean of the channels"] = held.pop(MASK).astype(np.float32)
    if AFFINITY in held:
        maps["LD affinity: weight kept for itself"] = affinity_maps(held.pop(AFFINITY).astype(np.float32)).self_weight
    output = {"prediction": held.pop("output")}
    stages = {f"stage {name}": ids for name, ids in held.items()}
    # The output of a network whose last stage has a classifier of its own says the same twice.
    stages = {name: ids for name, ids in stages.items() if not np.array_equal(ids, output["prediction"])}
    return Answer(picture.image, picture.label, output | stages, maps), classes, picture.id


def measured(job: Job) -> Estimate:
    """A few real steps of the job, measured once.

    Raises:
        ValueError: as estimate_apart.
    """
    return _measured(json.dumps(to_dict(job)))


@st.cache_data(max_entries=32, show_spinner=False)
def _measured(text: str) -> Estimate:
    return estimate_apart(from_dict(Job, json.loads(text)))
