"""A zoo of one checkpoint with numbers that are made up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from models import zoo
from models.checkpoint import save_checkpoint
from models.config import DataConfig, TrainConfig, to_dict
from models.data.scenes import CLASSES
from models.presets import preset
from models.segmenter import Segmenter

STAGES = {"fcn": 0.2, "ga": 0.3, "gald": 0.4567}


def scores(miou: float) -> dict:
    """All rates are near the mIoU; the last class was never seen."""
    radii = {"3": miou + 0.01, "5": miou + 0.02, "9": miou + 0.03, "12": miou + 0.04}
    return {
        "miou": miou,
        "pixel_accuracy": miou + 0.1,
        "iou": dict.fromkeys(CLASSES.names, miou / 2) | {CLASSES.names[-1]: None},
        "boundary_f": radii,
        "boundary_f_present": {pixels: rate / 2 for pixels, rate in radii.items()},
    }


def metadata() -> dict:
    """What a probed checkpoint of a second phase says about itself."""
    hardware = {"cpu": "Some CPU", "cores": 2, "threads": 1, "gpu": ""}
    provenance = {
        "date": "2025-01-02",
        "commit": "0123456789abcdef",
        "versions": {"torch": "2.11.0"},
        "hardware": hardware,
    }
    training = {
        "preset": "tiny-cgnl-ldv1",
        "data": to_dict(DataConfig("scenes", crop=(64, 128))),
        "recipe": to_dict(TrainConfig(iterations=300, lr=0.05, seed=7)),
        "start": "backbone of scenes-start, which started from file mobilenetv2_100_imagenet.safetensors",
        "first_phase": {
            "preset": "tiny-fcn",
            "recipe": to_dict(TrainConfig(iterations=900)),
            "hardware": hardware | {"gpu": "Some GPU"},
            "seconds": 3600.0,
            "first_phase": {},
        },
        "seconds": 90.4,
        "images": 600,
    }
    probed = {"trunk": "frozen", "iterations": 160, "converged": True, "seconds": 30.0, "provenance": provenance}
    metrics = {
        **scores(STAGES["gald"]),
        "stages": {name: scores(miou) for name, miou in STAGES.items()},
        "split": "val",
        "images": 100,
    }
    return {
        "params": 12345,
        "training": training,
        "metrics": metrics,
        "provenance": provenance,
        "stage_classifiers": probed,
    }


@pytest.fixture
def small_zoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of a zoo that holds ``scenes-tiny`` alone."""
    model = Segmenter(replace(preset("tiny-cgnl-ldv1").model, stage_classifiers=True), CLASSES)
    save_checkpoint(model, tmp_path / "scenes-tiny.safetensors", metadata())
    monkeypatch.setattr(zoo, "_FOLDER", tmp_path)
    return tmp_path
