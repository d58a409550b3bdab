"""The steps of a run in one frame, from its folder to the figure, the page and the widget."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from gald_viz import scrubber
from gald_viz.widgets.frames import FixedImages
from models.config import DataConfig, TrainConfig, to_dict
from models.presets import preset
from models.training.frames import read_cells, read_frame
from models.training.job import Job
from models.training.looks import PLACES, TOKENS, VECTORS
from models.training.run_folder import RunFolder

SIZE, CLASSES = (24, 32), 3


@pytest.fixture
def run(tmp_path) -> Path:
    """A run of three validations, with frames as the trainer writes them."""
    folder = RunFolder(tmp_path / "streets")
    folder.create(to_dict(Job("tiny-fcn", preset("tiny-fcn").model, DataConfig(), TrainConfig())))
    folder.frames.mkdir()
    random = np.random.default_rng(0)
    label = np.repeat(np.arange(CLASSES), 8)[None].repeat(SIZE[0], 0)[:, : SIZE[1]].astype(np.uint8)
    label = np.pad(label, ((0, 0), (0, SIZE[1] - label.shape[1])), constant_values=2)
    images: dict[str, Any] = {"names": np.array(["road", "sky", "<b>car"]), "colors": np.eye(3, dtype=np.uint8) * 200}
    images |= {"ignore_id": np.array(255), "0.image": np.zeros((*SIZE, 3), np.uint8)}
    np.savez(folder.frames / "images.npz", **images, **{"0.label": label, "0.id": np.array("a")})
    ids, noise = np.repeat(np.arange(CLASSES), 6).astype(np.uint8), random.normal(size=(18, 4))
    for step in (10, 20, 30):
        held: dict[str, Any] = {
            "output": label,
            "cells.labels": ids,
            PLACES: np.column_stack([8 * ids, ids]).astype(np.int16),
        }
        held |= {VECTORS: (noise + step * np.eye(3, 4)[ids]).astype(np.float16), TOKENS: np.eye(3, 4, dtype=np.float16)}
        np.savez(folder.frames / f"{step:08d}.npz", **{f"0.{name}": value for name, value in held.items()})
        folder.add_metrics(step, "train", {"loss": 1.0, "lr": 0.1})
        folder.add_metrics(step, "val", {"miou": step / 100})
    folder.set_status("done", step=30, steps=30)
    return folder.path


def make_old(run: Path) -> None:
    """Leave of the frames what was kept before there were cells."""
    for step in (10, 20, 30):
        said = read_frame(RunFolder(run).frames, step, 0)
        np.savez(RunFolder(run).frames / f"{step:08d}.npz", **{"0.output": said["output"]})


def test_a_step_is_drawn_with_its_numbers_in_the_same_frame_as_the_others(run):
    held = scrubber.run_scrub(run)

    figures = [scrubber.figure_at(held, step) for step in (10, 20, 30)]

    names = [[number.text for number in scrubber.numbers_at(held, step)] for step in (10, 30)]
    assert [texts[2] for texts in names] == ["10.0 %", "30.0 %"]
    assert float(names[1][0]) > float(names[0][0])
    for figure, step in zip(figures, (10, 20, 30), strict=True):
        assert f"at step {step}" in figure.layout.title.text
        assert figure.layout.xaxis.range == figures[0].layout.xaxis.range
        # A point a cell, a trace a class; the mark of the step in the curves below.
        assert sum(len(trace.x) for trace in figure.data[:3]) == 18
        assert figure.layout.shapes[0].x0 == step
    assert figures[0].data[2].name == "&lt;b>car"
    assert "fitted once, on the features of step 30" in scrubber.note(held)
    with pytest.raises(ValueError, match=r"step is 15, must be one of \[10, 20, 30\]"):
        scrubber.figure_at(held, 15)


def test_an_older_run_opens_and_says_what_it_lacks(run):
    make_old(run)

    assert read_cells(RunFolder(run).frames, 30) is None
    assert "trained before they were kept" in scrubber.missing(run)
    with pytest.raises(ValueError, match="hold no tokens and features"):
        scrubber.run_scrub(run)


def test_a_detector_and_a_run_without_frames_say_why(run):
    for file in RunFolder(run).frames.glob("0*.npz"):
        file.unlink()
    assert "from the first validation on" in scrubber.missing(run)

    np.savez(RunFolder(run).frames / "00000010.npz", **{"0.boxes": np.zeros((0, 4))})
    config = json.loads((run / "config.json").read_text())
    (run / "config.json").write_text(json.dumps({**config, "kind": "detector"}))
    assert "detector" in scrubber.missing(run)


def script() -> None:
    from apps.components.controls import keep_controls
    from apps.pages.train import page

    keep_controls()
    page()


def test_the_train_page_scrubs(run, monkeypatch):
    monkeypatch.setenv("GALD_RUNS", str(run.parent))
    page = AppTest.from_function(script, default_timeout=120)
    page.session_state["control.train.scrub"] = True
    page.run()

    def numbers() -> dict[str, str]:
        return {metric.label: metric.value for metric in page.metric}

    assert not page.exception
    assert numbers()["mIoU"] == "30.0 %"
    page.select_slider(key="control.train.step.streets").set_value(10).run()
    assert numbers()["mIoU"] == "10.0 %"
    make_old(run)
    page.run()
    assert not page.exception
    assert any("before they were kept" in info.value for info in page.info)


def test_the_widget_scrubs(run):
    images = FixedImages(run)
    images.refresh()
    assert len(images.children) == 2

    images.scrub.value = "PCA"
    assert "at step 30" in images.children[2].drawn[0].layout.title.text
    images.step.value = 10

    assert "at step 10" in images.children[2].drawn[0].layout.title.text
    assert "mIoU 10.0 %" in images.children[2].drawn[0].layout.title.text
    make_old(run)
    images.scrub.value = "UMAP"
    assert "before they were kept" in images.children[2].value
