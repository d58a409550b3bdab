"""gald evaluate and gald predict with a network that is not ours."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gald_viz.cli import main

OWN = """
from torch import nn

def build():
    return nn.Conv2d(3, 2, 1, bias=False)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One image of 64x64, the left half black and of class 0, the right half white and of class 1; and a network."""
    for name in ("images", "labels"):
        (tmp_path / "data" / name).mkdir(parents=True)
    right = np.repeat(np.arange(64)[None] >= 32, 64, axis=0)
    Image.fromarray(np.repeat(255 * right[:, :, None], 3, axis=2).astype(np.uint8)).save(tmp_path / "data/images/a.png")
    Image.fromarray(right.astype(np.uint8)).save(tmp_path / "data/labels/a.png")
    classes = {"names": ["dark", "bright"], "colors": [[0, 0, 0], [255, 255, 255]], "labels": "ids"}
    (tmp_path / "data/classes.json").write_text(json.dumps(classes))
    (tmp_path / "own.py").write_text(OWN)
    # Bright where the red channel is above its mean.
    weight = torch.tensor([[-1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])[:, :, None, None]
    torch.save({"weight": weight}, tmp_path / "own.pth")
    return tmp_path


def words(folder: Path) -> list[str]:
    network = ["--checkpoint", f"{folder / 'own.py'}:build", "--weights", str(folder / "own.pth")]
    return [*network, "--classes", str(folder / "data/classes.json"), "--device", "cpu", "--quiet"]


def test_evaluate_measures_a_network_of_ones_own(folder, capsys):
    asked = ["evaluate", "--data", "folder", "--root", str(folder / "data"), "--json", *words(folder)]

    assert main(asked) == 1
    assert "own.pth is a pickle" in capsys.readouterr().err
    assert main([*asked, "--trust-pickle"]) == 0
    found = json.loads(capsys.readouterr().out)

    assert (found["miou"], found["pixel_accuracy"], found["stages"]) == (1.0, 1.0, {})


def test_predict_writes_what_a_network_of_ones_own_answers(folder):
    out = folder / "out"

    assert main(["predict", str(folder / "data/images"), str(out), *words(folder), "--trust-pickle"]) == 0

    label = np.asarray(Image.open(out / "labels/a.png"))
    np.testing.assert_array_equal(label, np.asarray(Image.open(folder / "data/labels/a.png")))


def test_the_auxiliary_head_of_torchvision_is_measured_as_a_stage(tmp_path, capsys, folder):
    (tmp_path / "own.py").write_text(
        "import torchvision\n\ndef build():\n    body = torchvision.models.resnet18(weights=None)\n"
        "    from torchvision.models._utils import IntermediateLayerGetter\n"
        "    from torchvision.models.segmentation import FCN\n"
        "    from torchvision.models.segmentation.fcn import FCNHead\n"
        "    levels = IntermediateLayerGetter(body, {'layer3': 'aux', 'layer4': 'out'})\n"
        "    return FCN(levels, FCNHead(512, 2), FCNHead(256, 2))\n"
    )
    network = ["--checkpoint", f"{tmp_path / 'own.py'}:build", "--classes", str(folder / "data/classes.json")]
    asked = ["evaluate", "--data", "folder", "--root", str(folder / "data"), "--device", "cpu", "--no-boundary"]

    assert main([*asked, *network, "--quiet", "--json"]) == 0

    assert list(json.loads(capsys.readouterr().out)["stages"]) == ["aux"]
