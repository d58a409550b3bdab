"""A run folder as pictures: the curves of a training, and what its network says about a few fixed images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gald_viz.analysis.affinity import affinity_maps
from gald_viz.analysis.detection import match_objects, sure_ones
from gald_viz.analysis.training import Curve, Row, class_curves, curve
from gald_viz.figures.detection import DetectionScene, detection_figure, found_panel, label_panel
from gald_viz.figures.palette import css
from gald_viz.figures.sheet import Heading
from gald_viz.figures.training import Answer, RunCurves, answer_figure, classes_figure, curves_figure
from gald_viz.types import Objects
from models.data.classes import ClassSet, Sample
from models.data.detection.sample import DetectionSample
from models.training.frames import fixed_pictures, frame_steps, read_frame
from models.training.looks import AFFINITY, MASK, PLACES, TOKENS, VECTORS
from models.training.run_folder import RunFolder

LEAST = 0.3  # score of an object that is drawn; a network that learns is not sure of much
_OPACITY = 0.5
_HELD = (MASK, AFFINITY, TOKENS, VECTORS, PLACES)
# Of a detector, and of any other network: name of the score and of each class's rates in metrics.csv, and for people.
_DETECTOR = ("voc_map50", "ap/", "mAP@.5", "AP@.5")
_SEGMENTATION = ("miou", "iou/", "mIoU", "IoU")


@dataclass(frozen=True, slots=True)
class RunView:
    """The measured values of a run.

    Attributes:
        curves: loss, learning rate, score, speed.
        classes: IoU, or a detector's AP, of each class.
        measure: which of the two.
        colors: class -> css colour.
    """

    curves: RunCurves
    classes: dict[str, Curve]
    measure: str
    colors: dict[str, str]


@dataclass(frozen=True, slots=True)
class Frame:
    """What a network said about one of the fixed images.

    Attributes:
        step: when.
        picture: the image with its annotation.
        classes: class set.
        said: arrays by name, as models.training.frames.read_frame gives them.
    """

    step: int
    picture: Sample | DetectionSample
    classes: ClassSet
    said: dict[str, NDArray[Any]]

    @property
    def has_objects(self) -> bool:
        """Whether a detector said it."""
        return "boxes" in self.said


def run_view(path: Path) -> RunView:
    """Curves of a run folder.

    Raises:
        ValueError: if it is none, or damaged.
    """
    run = RunFolder(path)
    rows: list[Row] = run.metrics()
    score, prefix, title, measure = _DETECTOR if "kind" in run.config() else _SEGMENTATION
    classes, _ = fixed_pictures(run.frames)
    colors = {name: css(color) for name, color in zip(classes.names, classes.colors, strict=True)}
    loss, rate = curve(rows, "train", "loss"), curve(rows, "train", "lr")
    curves = RunCurves(loss, rate, curve(rows, "val", score), curve(rows, "speed", "samples_per_second"), title)
    return RunView(curves, class_curves(rows, prefix), measure, colors)


def runs_figure(views: dict[str, RunView]) -> go.Figure:
    """Curves of one run, or of several to compare.

    Args:
        views: name -> run, in the order of their colours.
    """
    if len(views) == 1:
        ((name, view),) = views.items()
        return curves_figure({name: view.curves}, Heading(name, latest(view)))
    named = {f"{name}: {latest(view)}": view.curves for name, view in views.items()}
    return curves_figure(named, Heading("Runs compared", "last loss and score in the legend"))


def compared(folders: Sequence[str | Path]) -> go.Figure:
    """The curves of several run folders in one figure.

    Raises:
        ValueError: as run_view.
    """
    return runs_figure({Path(folder).name: run_view(Path(folder)) for folder in folders})


def latest(view: RunView) -> str:
    """Last loss and score in words."""
    loss, score = view.curves.loss.last, view.curves.score.last
    return f"loss {_number(loss, '.3f')} · {view.curves.title} {_number(100 * score, '.1f', ' %')}"


def rates_figure(view: RunView) -> go.Figure:
    """IoU or AP of each class."""
    heading = Heading(f"{view.measure} of each class", "on the validation images; click a class to hide it")
    return classes_figure(view.classes, view.colors, view.measure, heading)


def frames_of(path: Path) -> tuple[list[int], int]:
    """Steps of which a run has frames, and how many fixed images."""
    frames = RunFolder(path).frames
    return frame_steps(frames), len(fixed_pictures(frames)[1])


def frame(path: Path, step: int, number: int) -> Frame:
    """What the network of a run said at a step about one of the fixed images."""
    folder = RunFolder(path).frames
    classes, pictures = fixed_pictures(folder)
    return Frame(step, pictures[number], classes, read_frame(folder, step, number))


def frame_figure(shown: Frame, least: float = LEAST) -> go.Figure:
    """The image, its annotation, what the network and its stages say, and the maps of LD.

    Args:
        shown: what is drawn.
        least: score of an object that is drawn.
    """
    maps = {}
    if MASK in shown.said:
        maps["LD mask, mean of the channels"] = shown.said[MASK].astype(np.float32)
    if AFFINITY in shown.said:
        affinity = affinity_maps(shown.said[AFFINITY].astype(np.float32))
        maps["LD affinity: weight kept for itself"] = affinity.self_weight
    if isinstance(shown.picture, DetectionSample):
        return _objects_figure(shown, shown.picture, least, maps)
    return _classes_figure(shown, shown.picture, maps)


def _classes_figure(shown: Frame, picture: Sample, maps: dict[str, NDArray[np.floating]]) -> go.Figure:
    stages = {name: ids for name, ids in shown.said.items() if ids.ndim == 2 and name not in (*_HELD, "output")}
    output = shown.said["output"]
    # The output of a network whose last stage has a classifier of its own says the same twice.
    said = {f"stage {name}": ids for name, ids in stages.items() if not np.array_equal(ids, output)}
    label = np.asarray(picture.label)
    known = label != shown.classes.ignore_id
    right = float((output == label)[known].mean()) if known.any() else float("nan")
    answer = Answer(picture.image, label, {"prediction": output} | said, maps)
    heading = Heading(_title(shown), f"{_number(100 * right, '.1f', ' %')} of the labelled pixels are right")
    return answer_figure(answer, shown.classes.names, shown.classes.palette(), heading)


def _objects_figure(
    shown: Frame, picture: DetectionSample, least: float, maps: dict[str, NDArray[np.floating]]
) -> go.Figure:
    labelled = Objects(picture.boxes, picture.labels, np.ones(len(picture.labels)), picture.masks, picture.ignored)
    said = shown.said
    found = sure_ones(Objects(said["boxes"], said["labels"], said["scores"], said.get("masks")), least)
    matches = match_objects(found, labelled)
    panels = [found_panel("found", found, labelled, matches), label_panel(labelled)]
    scene = DetectionScene(picture.image, shown.classes.names, shown.classes.palette(), _OPACITY)
    rates = {"precision": matches.precision, "recall": matches.recall}
    counts = ", ".join(f"{name} {_number(100 * rate, '.0f', ' %')}" for name, rate in rates.items())
    heading = Heading(_title(shown), f"{counts}, of objects with a score of at least {least:.2f}")
    return detection_figure(scene, panels, heading, maps)


def _title(shown: Frame) -> str:
    return f"Image {shown.picture.id} at step {shown.step}"


def _number(value: float, form: str, unit: str = "") -> str:
    return f"{value:{form}}{unit}" if np.isfinite(value) else "–"
