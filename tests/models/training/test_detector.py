"""Jobs of detectors: the same run folder, resume and options as those of segmentation networks."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from models.checkpoint import load_checkpoint, read_header, save_checkpoint
from models.config import DataConfig, TrainConfig
from models.data.classes import ClassSet
from models.data.detection import open_detection
from models.data.detection.sample import DetectionSample
from models.data.detection.subset import DetectionSubset
from models.detection.checkpoint import load_any, load_detector
from models.presets import detector_preset, preset
from models.segmenter import Segmenter
from models.stages import record
from models.training.command import add_train_options, job_from
from models.training.frames import fixed_pictures, frame_steps, read_frame
from models.training.job import DetectorJob, Job, job_of, train
from models.training.looks import DETECTION
from models.training.loop import Loop
from models.training.run_folder import RunFolder

NAME = "tiny-mask-rcnn-gald"
DATA = DataConfig("scenes", scales=(0.8, 1.2), workers=0, limit=4)


def job(name: str = NAME, data: DataConfig = DATA, **recipe: Any) -> DetectorJob:
    short: dict[str, Any] = {"iterations": 4, "batch": 2, "lr": 0.01, "checkpoint_every": 2}
    fixed: dict[str, Any] = {"accelerator": "cpu", "weights": "none"}
    return DetectorJob(name, detector_preset(name).model, data, TrainConfig(**(short | fixed | recipe)))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run folder of a whole job."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    train(job(), folder, progress=False)
    return folder


def test_a_job_leaves_a_checkpoint_with_its_history(finished):
    loaded = load_detector(finished / "checkpoints" / "final.safetensors")
    header = read_header(finished / "checkpoints" / "final.safetensors")

    assert header["kind"] == "detector"
    assert loaded.model.config == detector_preset(NAME).model
    assert loaded.model.classes.names == ("car", "truck", "sign", "light", "person")
    assert loaded.meta["training"]["preset"] == NAME
    assert {"voc_map50", "box_ap", "mask_ap", "split", "images"} <= set(loaded.meta["metrics"])
    status = RunFolder(finished).status()
    assert (status["state"], status["step"]) == ("done", 4)
    assert 0 <= status["voc_map50"] <= 1
    assert {name for _, split, name, _ in RunFolder(finished).metrics() if split == "val"} >= {"voc_map50", "box_ap"}
    assert job_of(json.loads((finished / "config.json").read_text())) == job()


def test_the_fixed_images_are_kept_with_what_it_found(finished):
    folder = RunFolder(finished).frames
    model = load_detector(finished / "checkpoints" / "final.safetensors").model

    classes, pictures = fixed_pictures(folder)

    assert (classes.names, frame_steps(folder)) == (model.classes.names, [4])
    data = DetectionSubset(open_detection("scenes", None, "val"), 4)
    for number, place in enumerate((0, 1, 2)):
        picture, sample = pictures[number], data[place]
        # Scenes are 512 pixels wide, and 384 are kept.
        np.testing.assert_allclose(picture.boxes, 0.75 * sample.boxes)
        assert picture.masks.shape[1:] == picture.image.shape[:2] == (192, 384)
        held = read_frame(folder, 4, number)
        # The checkpoint is in half precision, and the frame is of the network itself.
        assert len(held["boxes"]) == len(held["scores"]) == len(held["masks"]) > 0
        assert held["masks"].shape[1:] == (192, 384)
        with record(model, ["ld.mask"]) as seen:
            model.predict(sample.image)
        expected = model.within_image(seen["ld.mask"][0], sample.image).mean(dim=0)
        np.testing.assert_allclose(held["ld.mask"], expected.numpy(), atol=0.02)


def test_boxes_and_masks_of_a_large_image_shrink_with_it():
    image = np.zeros((300, 1200, 3), np.uint8)
    masks = np.zeros((1, 300, 1200), bool)
    masks[0, 100:200, 400:800] = True
    box = np.array([[400, 100, 800, 200]], np.float32)
    sample = DetectionSample(image, box, np.array([1]), masks, np.array([False]), "wide")

    truth = DETECTION.truth(sample, 255)

    # 1200 pixels become 384, so 0.32 of each side.
    np.testing.assert_allclose(truth["boxes"], [[128, 32, 256, 64]])
    assert truth["masks"].shape == (1, 96, 384)
    assert truth["masks"].sum() == 32 * 128


def test_the_rates_of_each_class_are_written(finished):
    names = {name for _, split, name, _ in RunFolder(finished).metrics() if split == "val"}

    assert any(name.startswith("ap/") for name in names)


def test_a_resumed_job_is_the_same_bit_for_bit(
    finished: Path, tmp_path: Path, losses: Callable[[Path], list[tuple[int, str]]], monkeypatch: pytest.MonkeyPatch
):
    after_step = Loop._after_step

    def stopped(loop: Loop, stop: Any) -> None:
        stop.asked = loop.step == 3
        after_step(loop, stop)

    with monkeypatch.context() as patch:
        patch.setattr(Loop, "_after_step", stopped)
        with pytest.raises(KeyboardInterrupt):
            train(job(), tmp_path / "run", progress=False)
    assert RunFolder(tmp_path / "run").status()["state"] == "stopped"
    train(job(), tmp_path / "run", resume=True, progress=False)

    assert losses(tmp_path / "run") == losses(finished)
    files = [place / "checkpoints" / "final.safetensors" for place in (finished, tmp_path / "run")]
    one, other = (load_detector(file).model for file in files)
    assert all(torch.equal(value, other.state_dict()[key]) for key, value in one.state_dict().items())


def test_both_kinds_of_checkpoint_are_told_apart(finished, tmp_path):
    file = finished / "checkpoints" / "final.safetensors"
    classes = ClassSet(("a", "b"), ((0, 0, 0), (1, 1, 1)))
    save_checkpoint(Segmenter(preset("tiny-fcn").model, classes), tmp_path / "fcn.safetensors", {})

    with pytest.raises(ValueError, match=r"final\.safetensors holds a detector, here a segmenter is needed"):
        load_checkpoint(file)
    with pytest.raises(ValueError, match=r"fcn\.safetensors holds a segmenter, here a detector is needed"):
        load_detector(tmp_path / "fcn.safetensors")
    assert load_any(file).model.kind == "detector"
    assert load_any(tmp_path / "fcn.safetensors").model.kind == "segmenter"


def test_a_detector_starts_from_the_backbone_of_a_segmentation_network(tmp_path):
    base = preset("tiny-fcn").model
    source = Segmenter(base, ClassSet(("a", "b"), ((0, 0, 0), (1, 1, 1))))
    save_checkpoint(source, tmp_path / "fcn.safetensors", {}, half=False)

    file = train(
        job(start=str(tmp_path / "fcn.safetensors"), lr=1e-8, freeze_bn=True), tmp_path / "run", progress=False
    )

    stored = load_detector(file)
    assert stored.meta["training"]["start"].startswith("backbone of fcn")
    for key, value in source.backbone.state_dict().items():
        torch.testing.assert_close(stored.model.backbone.state_dict()[key], value, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"start_head": True}, "start_head is for segmentation; a detector takes the backbone"),
        ({"batch": 8}, "batch is 8 on 1 processes, the data has 4 images"),
    ],
)
def test_what_does_not_fit_a_detector_ends_the_run_with_its_reason(changed, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        train(job(**changed), tmp_path / "run", progress=False)
    assert RunFolder(tmp_path / "run").status()["state"] == "failed"


def test_hard_classes_are_refused(tmp_path):
    with pytest.raises(ValueError, match="hard_classes are for segmentation"):
        train(job(data=replace(DATA, hard_classes=("car",))), tmp_path / "run", progress=False)


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_train_options(parser)
    return parser.parse_args(words)


def test_the_options_describe_a_detector_too():
    found = job_from(
        parsed(NAME, "--sides", "128,256", "--rcnn-proposals", "77", "--distribution-depth", "2", "--lr", "0.5")
    )

    assert isinstance(found, DetectorJob)
    assert (found.model.sides, found.model.rcnn.proposals, found.model.distribution.depth) == ((128, 256), 77, 2)
    assert found.train.lr == 0.5
    assert isinstance(job_from(parsed("tiny-fcn")), Job)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((NAME, "--width", "3"), rf"'{NAME}' is a detector and has no width"),
        (("tiny-fcn", "--sides", "64,64", "--masks"), "'tiny-fcn' is no detector and has no masks, sides"),
    ],
)
def test_options_of_the_other_kind_are_refused(words, message):
    with pytest.raises(ValueError, match=message):
        job_from(parsed(*words))
