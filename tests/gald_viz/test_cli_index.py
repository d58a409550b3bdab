"""gald index, from its options to its one line of JSON."""

import json
from dataclasses import replace

import pytest
import torch

from gald_viz.cli import main
from gald_viz.index.files import open_index
from models.checkpoint import save_checkpoint
from models.data.scenes import CLASSES
from models.presets import preset
from models.segmenter import Segmenter


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    torch.manual_seed(0)
    model = Segmenter(replace(preset("tiny-cgnl-ldv1").model, stage_classifiers=True), CLASSES)
    path = tmp_path_factory.mktemp("net") / "net.safetensors"
    save_checkpoint(model, path, {"stage_classifiers": {"trunk": "frozen"}})
    return path


def test_an_index_of_two_images_is_made_and_reported(checkpoint, tmp_path, capsys):
    words = ["index", str(checkpoint), "--data", "scenes", "--limit", "2", "--device", "cpu", "--quiet"]
    assert main([*words, "--out", str(tmp_path / "i"), "--json"]) == 0

    said = json.loads(capsys.readouterr().out)
    index = open_index(tmp_path / "i")
    assert said == {"index": str(index.path), "images": 2, "skipped": 0, "miou": index.miou}
    assert index.meta.stages == ("fcn", "ga", "gald", "output")
    assert (index.meta.checkpoint, index.meta.trunk) == (str(checkpoint.resolve()), "frozen")
    assert (index.meta.data, index.meta.split, index.meta.total) == ("scenes", "val", 100)

    assert main([*words, "--split", "test", "--out", str(tmp_path / "i")]) == 1
    assert "holds the index of net on scenes, made with other options" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nothing.safetensors", "--data", "scenes"], "nothing.safetensors"),
        (["NET", "--data", "scenes", "--batch", "0"], "batch is 0"),
        (["NET", "--data", "scenes", "--split", "best"], "split"),
    ],
)
def test_a_mistake_is_one_sentence(checkpoint, tmp_path, capsys, words, message):
    words = [str(checkpoint) if word == "NET" else word for word in words]

    assert main(["index", *words, "--limit", "1", "--quiet", "--out", str(tmp_path / "i")]) == 1

    said = capsys.readouterr().err
    assert message in said
    assert "Traceback" not in said
