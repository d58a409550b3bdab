"""The widget of a notebook without its front end; a button is pressed by ``click()``."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from gald_viz.widgets.training import TrainingWidget
from models.config import DataConfig, TrainConfig, to_dict
from models.data import open_data
from models.data.subset import limited
from models.presets import preset
from models.training import launch
from models.training.frames import FrameWriter
from models.training.job import Job
from models.training.looks import SEGMENTATION, small
from models.training.run_folder import RunFolder


@pytest.fixture
def job() -> Job:
    return Job("tiny-fcn", preset("tiny-fcn").model, DataConfig(), TrainConfig(accelerator="cpu", weights="none"))


@pytest.fixture
def run(job, tmp_path) -> RunFolder:
    run = RunFolder(tmp_path / "run")
    run.create(to_dict(job))
    run.set_status("running", step=2, steps=8, eta=90, device="cpu", memory=2e9, samples_per_second=4.0)
    run.add_metrics(1, "train", {"loss": 3.0, "lr": 0.1})
    return run


def enabled(widget):
    buttons = (widget.start_button, widget.stop_button, widget.resume_button)
    return [button.description for button in buttons if not button.disabled]


def test_start_launches_the_job_in_the_folder(job, tmp_path, monkeypatch):
    given = []

    def started(job, folder, wait):
        given.append((job, folder, wait))
        RunFolder(folder).prepare(to_dict(job))

    monkeypatch.setattr(launch, "launch", started)
    widget = TrainingWidget(tmp_path / "run", job, seconds=0)
    assert enabled(widget) == ["Start"]
    assert widget.status.value == "no run yet"

    widget.start_button.click()

    assert given == [(job, tmp_path / "run", False)]
    widget.close()


def test_a_running_job_is_shown_with_its_numbers_and_can_be_stopped(run, monkeypatch):
    stopped = []
    monkeypatch.setattr(launch, "stop", stopped.append)
    widget = TrainingWidget(run.path, seconds=0)

    assert enabled(widget) == ["Stop"]
    for words in ("running", "step 2 of 8", "4.0 samples/s on cpu", "peak memory 2.00 GB", "1.5 min left"):
        assert words in widget.status.value
    widget.stop_button.click()
    assert stopped == [run.path]


def test_new_rows_appear_in_the_curves(run):
    widget = TrainingWidget(run.path, seconds=0)
    assert list(widget.curves.drawn[0].data[0].y) == [3.0]

    run.add_metrics(2, "train", {"loss": 1.5, "lr": 0.1})
    run.add_metrics(2, "val", {"miou": 0.25})
    widget.refresh()

    assert list(widget.curves.drawn[0].data[0].x) == [1, 2]
    assert list(widget.curves.drawn[0].data[0].y) == [3.0, 1.5]
    assert list(widget.curves.drawn[0].data[1].y) == [25.0]
    assert "loss 1.500 · mIoU 25.0 %" in widget.curves.drawn[0].layout.title.text


def test_the_fixed_images_appear_and_the_latest_stays_the_latest(run):
    data = limited(open_data("scenes", split="val"), 2)
    size = small(data[0].image).shape[:2]
    look = replace(SEGMENTATION, answer=lambda *_given: {"output": np.zeros(size, np.uint8)})
    writer = FrameWriter(run.frames, data, look)
    writer.write(torch.nn.Identity(), 1)
    widget = TrainingWidget(run.path, seconds=0)
    images = widget.images
    assert [images.step.value, images.image.value, len(images.children)] == [1, 0, 2]
    assert "at step 1" in images.picture.drawn[0].layout.title.text

    writer.write(torch.nn.Identity(), 2)
    widget.refresh()
    assert "at step 2" in images.picture.drawn[0].layout.title.text
    images.step.value = 1
    images.image.value = 1
    assert f"Image {data[1].id} at step 1" in images.picture.drawn[0].layout.title.text
    writer.write(torch.nn.Identity(), 3)
    widget.refresh()
    assert images.step.value == 1


def test_classes_have_their_curves_from_the_first_validation_on(run):
    widget = TrainingWidget(run.path, seconds=0)
    assert not widget.classes.drawn

    run.add_metrics(2, "val", {"iou/road": 0.5, "miou": 0.25})
    widget.refresh()
    run.add_metrics(3, "val", {"iou/road": 0.75, "miou": 0.25})
    widget.refresh()

    assert list(widget.classes.drawn[0].data[0].y) == [50, 75]


def test_it_follows_by_itself_until_it_is_closed(run):
    widget = TrainingWidget(run.path, seconds=0.02)
    run.end("stopped", "interrupted; continue with --resume.")
    for _ in range(500):
        if "stopped" in widget.status.value:
            break
        time.sleep(0.02)

    assert "interrupted" in widget.status.value
    assert enabled(widget) == ["Resume"]
    widget.close()
    time.sleep(0.1)
    run.set_status("done", step=8)
    time.sleep(0.1)
    assert "stopped" in widget.status.value


def test_what_is_refused_is_said_and_not_raised(run):
    run.end("failed", "the loss is nan; lower lr.")
    widget = TrainingWidget(run.path, seconds=0)

    widget.stop_button.click()

    assert "is failed; only one that is at work can be stopped" in widget.trouble.value
    assert "lower lr" in widget.status.value
    widget.start_button.click()
    assert "has no job to start" in widget.trouble.value
