"""Run folders as figures: those of a segmentation network and of a detector, written by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gald_viz import runs
from models.config import DataConfig, TrainConfig, to_dict
from models.data.classes import ClassSet
from models.data.detection.sample import DetectionData, DetectionSample
from models.presets import detector_preset, preset
from models.training.frames import FrameWriter
from models.training.job import DetectorJob, Job
from models.training.looks import Look
from models.training.run_folder import RunFolder

CLASSES = ClassSet(("car", "sign"), ((10, 60, 236), (252, 248, 10)))
BOX = np.array([[4, 4, 24, 24]], np.float32)


class TwoCars(DetectionData):
    """Two pictures of 40 x 80 with a car each, which has a mask."""

    name, classes, ids = "two-cars", CLASSES, ("a", "b")

    def __getitem__(self, index: int) -> DetectionSample:
        masks = np.zeros((1, 40, 80), bool)
        masks[0, 4:24, 4:24] = True
        return DetectionSample(
            np.full((40, 80, 3), 90, np.uint8), BOX, np.array([0]), masks, np.array([False]), self.ids[index]
        )


def found(*_given: Any) -> dict[str, np.ndarray]:
    """The car, and with less certainty a sign where there is none."""
    boxes = np.array([[4, 4, 24, 22], [40, 10, 60, 30]], np.float32)
    mask = np.linspace(0.5, 1, 50, dtype=np.float16).reshape(5, 10)
    return {"boxes": boxes, "labels": np.array([0, 1]), "scores": np.array([0.9, 0.4], np.float32), "ld.mask": mask}


@pytest.fixture
def detector(tmp_path) -> Path:
    run = RunFolder(tmp_path / "cars")
    name = "tiny-mask-rcnn-gald"
    run.create(to_dict(DetectorJob(name, detector_preset(name).model, DataConfig(), TrainConfig())))
    run.add_metrics(1, "train", {"loss": 3.0, "lr": 0.1})
    run.add_metrics(1, "val", {"ap/car": 0.75, "voc_map50": 0.5})
    run.add_metrics(1, "speed", {"samples_per_second": 8.0})
    looks = Look(lambda sample, _ignore: {"boxes": sample.boxes, "labels": sample.labels, "ignored": sample.ignored,
                                          "masks": sample.masks}, found)  # fmt: skip
    FrameWriter(run.frames, TwoCars(), looks).write(torch.nn.Identity(), 1)
    return run.path


@pytest.fixture
def segmenter(tmp_path) -> Path:
    run = RunFolder(tmp_path / "streets")
    run.create(to_dict(Job("tiny-fcn", preset("tiny-fcn").model, DataConfig(), TrainConfig())))
    run.add_metrics(1, "train", {"loss": 2.0, "lr": 0.01})
    run.add_metrics(1, "val", {"iou/road": 0.25, "miou": 0.125})
    return run.path


def test_each_kind_of_run_has_its_own_score_and_rates(detector, segmenter):
    cars, streets = runs.run_view(detector), runs.run_view(segmenter)

    assert (cars.curves.title, cars.measure, list(cars.classes)) == ("mAP@.5", "AP@.5", ["car"])
    assert (streets.curves.title, streets.measure, list(streets.classes)) == ("mIoU", "IoU", ["road"])
    assert (cars.curves.score.last, cars.classes["car"].last, cars.curves.speed.last) == (0.5, 0.75, 8.0)
    assert cars.colors == {"car": "rgb(10,60,236)", "sign": "rgb(252,248,10)"}
    assert runs.latest(streets) == "loss 2.000 · mIoU 12.5 %"


def test_runs_are_compared_by_their_folders(detector, segmenter):
    figure = runs.compared([detector, segmenter])

    assert [trace.name for trace in figure.data if trace.showlegend] == [
        "cars: loss 3.000 · mAP@.5 50.0 %",
        "streets: loss 2.000 · mIoU 12.5 %",
    ]
    with pytest.raises(ValueError, match="is not a run folder"):
        runs.compared([detector.parent / "nowhere"])


def test_what_a_detector_found_stands_beside_the_label(detector):
    assert runs.frames_of(detector) == ([1], 2)
    frame = runs.frame(detector, 1, 1)
    assert frame.has_objects
    assert frame.picture.id == "b"

    figure = runs.frame_figure(frame)

    titles = [note.text for note in figure.layout.annotations]
    assert "found: 1 right, 1 wrong, 0 missed" in titles
    assert "label: 1 objects" in titles
    assert "LD mask, mean of the channels" in titles
    # One of two found ones is right, and it is the only labelled one.
    assert "precision 50 %, recall 100 %" in figure.layout.title.text
    heat = next(trace for trace in figure.data if trace.type == "heatmap")
    assert heat.showscale
    np.testing.assert_allclose([np.min(heat.z), np.max(heat.z)], [0.5, 1])
    sure = runs.frame_figure(frame, least=0.5)
    assert "precision 100 %" in sure.layout.title.text


def test_before_the_first_validation_there_is_nothing_to_look_at(segmenter):
    assert runs.frames_of(segmenter) == ([], 0)
    assert runs.rates_figure(runs.run_view(segmenter)).data[0].name == "road"
