"""gald evaluate and predict at another output stride than a network was trained at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from gald_viz.cli import main
from models.checkpoint import save_checkpoint
from models.data import open_data
from models.presets import preset
from models.segmenter import Segmenter


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    scenes = open_data("scenes")
    model = Segmenter(preset("tiny-deeplabv3").model, scenes.classes)
    # Features centred by BatchNorm give more than one class without training.
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = 1.0
    model.train()(torch.cat([model.preprocess(scenes[index].image) for index in (0, 1)]))
    save_checkpoint(model, tmp_path / "net.safetensors", {})
    return tmp_path / "net.safetensors"


def evaluated(checkpoint: Path, capsys: pytest.CaptureFixture[str], *words: str) -> float:
    common = f"evaluate --checkpoint {checkpoint} --data scenes --limit 1 --no-boundary --quiet --device cpu --json"
    assert main([*common.split(), *words]) == 0
    return json.loads(capsys.readouterr().out)["pixel_accuracy"]


def test_the_network_is_evaluated_at_the_stride_that_is_asked_for(checkpoint: Path, capsys: pytest.CaptureFixture[str]):
    as_trained = evaluated(checkpoint, capsys)

    assert evaluated(checkpoint, capsys, "--output-stride", "16") == as_trained
    # Half of the cells are new, so that some pixel changes its class.
    assert evaluated(checkpoint, capsys, "--output-stride", "8") != as_trained


def test_a_stride_that_does_not_exist_is_one_sentence(checkpoint: Path, capsys: pytest.CaptureFixture[str]):
    words = f"evaluate --checkpoint {checkpoint} --data scenes --output-stride 7 --quiet --device cpu".split()

    assert main(words) == 1
    assert "gald: error: output_stride is 7, must be one of" in capsys.readouterr().err
