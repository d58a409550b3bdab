from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from models.checkpoint import LoadedCheckpoint, save_checkpoint
from models.config import BackboneConfig, ModelConfig, TrainConfig
from models.data.classes import ClassSet
from models.output_stride import at_output_stride
from models.presets import preset
from models.segmenter import Segmenter
from models.training import start
from models.training.start import first_phase, initialise

CLASSES = ClassSet(("ground", "block", "stripe"), ((0, 0, 0),) * 3)
TINY = preset("tiny-cgnl-ldv1").model


@pytest.fixture
def stored(tmp_path):
    """A checkpoint in a run folder, and the network it holds."""
    model = Segmenter(replace(TINY, head="fcn"), CLASSES)
    path = tmp_path / "first-run" / "checkpoints" / "final.safetensors"
    meta = {"training": {"start": "file weights.safetensors", "seconds": 9.5}, "provenance": {"hardware": {"cores": 2}}}
    save_checkpoint(model, path, meta, half=False)
    return path, model


def on_paper(backbone: str) -> Segmenter:
    """A network of shapes without weights."""
    with torch.device("meta"):
        return Segmenter(ModelConfig(BackboneConfig(backbone), head="fcn", auxiliary=False), CLASSES)


def test_the_backbone_of_a_checkpoint_is_taken_and_the_head_starts_anew(stored):
    path, first = stored
    model = Segmenter(TINY, CLASSES)
    head = {key: value.clone() for key, value in model.state_dict().items() if not key.startswith("backbone.")}

    origin = initialise(model, TrainConfig(start=str(path), weights="none"))

    assert origin == "backbone of first-run, which started from file weights.safetensors"
    after = model.state_dict()
    assert all(torch.equal(after[f"backbone.{key}"], value) for key, value in first.backbone.state_dict().items())
    assert all(torch.equal(after[key], value) for key, value in head.items())


def test_a_checkpoint_without_a_history_can_be_a_start(tmp_path):
    save_checkpoint(Segmenter(TINY, CLASSES), tmp_path / "mine.safetensors", {})

    origin = initialise(Segmenter(TINY, CLASSES), TrainConfig(start=str(tmp_path / "mine.safetensors")))

    assert origin == "backbone of mine, which started from unknown weights"


def test_another_backbone_is_refused(stored):
    with pytest.raises(
        ValueError, match=r"'first-run' has backbone 'tiny', this network 'resnet18'; start from one with"
    ):
        initialise(on_paper("resnet18"), TrainConfig(start=str(stored[0])))


def test_a_backbone_that_fills_only_a_part_is_refused(monkeypatch):
    # Every tensor of ResNet-18 has a place in ResNet-34, whose other blocks would stay random.
    small, large = on_paper("resnet18"), on_paper("resnet34")
    assert set(small.backbone.state_dict()) < set(large.backbone.state_dict())
    monkeypatch.setattr(start, "load_any", lambda _source: LoadedCheckpoint(small, "", "small", {}))

    with pytest.raises(ValueError, match="has backbone 'resnet18', this network 'resnet34'"):
        initialise(large, TrainConfig(start="small"))


def test_a_start_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"nothing\.safetensors"):
        initialise(Segmenter(TINY, CLASSES), TrainConfig(start=str(tmp_path / "nothing.safetensors")))


def test_random_weights_are_called_random():
    assert initialise(Segmenter(TINY, CLASSES), TrainConfig(weights="none")) == "random"
    assert initialise(on_paper("resnet18"), TrainConfig(weights="none")) == "random"


def test_a_file_of_weights_that_is_missing_is_named():
    with pytest.raises(ValueError, match=r"nowhere\.safetensors does not exist"):
        initialise(on_paper("resnet18"), TrainConfig(weights="nowhere.safetensors"))


def test_the_first_phase_is_remembered(stored, tmp_path):
    assert first_phase("") == {}
    assert first_phase(str(tmp_path / "moved.safetensors")) == {}
    assert first_phase(str(stored[0])) == {
        "start": "file weights.safetensors",
        "seconds": 9.5,
        "hardware": {"cores": 2},
    }


def test_a_second_phase_takes_the_whole_network(stored):
    path, first = stored
    model = Segmenter(replace(TINY, head="fcn", auxiliary=True), CLASSES)
    auxiliary = {key: value.clone() for key, value in model.state_dict().items() if key.startswith("auxiliary.")}

    origin = initialise(model, TrainConfig(start=str(path), start_head=True))

    assert origin == "all of first-run, which started from file weights.safetensors"
    after, before = model.state_dict(), first.state_dict()
    kept = [key for key in before if not key.startswith("auxiliary.")]
    assert any(key.startswith("decoder.") for key in kept)
    assert all(torch.equal(after[key], before[key]) for key in kept)
    assert auxiliary and all(torch.equal(after[key], value) for key, value in auxiliary.items())


def test_the_whole_network_is_taken_to_another_output_stride_with_its_rates(tmp_path):
    first = preset("tiny-deeplabv3").model
    save_checkpoint(Segmenter(first, CLASSES), tmp_path / "a.safetensors", {})
    recipe = TrainConfig(start=str(tmp_path / "a.safetensors"), start_head=True)

    initialise(Segmenter(at_output_stride(first, 8), CLASSES), recipe)

    forgotten = replace(first, backbone=replace(first.backbone, output_stride=8))
    with pytest.raises(
        ValueError, match=r"'a' is another network .* the trained_stride and the rates of another output"
    ):
        initialise(Segmenter(forgotten, CLASSES), recipe)


def test_a_whole_network_with_other_classes_is_refused(stored):
    other = ClassSet(("ground", "tree", "stripe"), CLASSES.colors)

    with pytest.raises(ValueError, match=r"has the classes \['ground', 'block', .* without start_head"):
        initialise(Segmenter(replace(TINY, head="fcn"), other), TrainConfig(start=str(stored[0]), start_head=True))


def test_a_head_from_nowhere_is_refused():
    with pytest.raises(ValueError, match=r"start is empty; give one with --start"):
        initialise(Segmenter(TINY, CLASSES), TrainConfig(start_head=True))


def test_a_cascade_starts_from_the_last_block_once_that_has_its_weights(monkeypatch):
    model = Segmenter(preset("tiny-cascade").model, CLASSES)
    monkeypatch.setattr(model.head, "begin", lambda backbone: f"; begun from {type(backbone).__name__}")

    assert initialise(model, TrainConfig(weights="none")) == "random; begun from TinyPyramid"


def test_new_classes_start_anew_and_everything_else_is_taken(stored):
    path, first = stored
    other = ClassSet(("road", "car", "tree", "sky"), ((0, 0, 0),) * 4)
    model = Segmenter(replace(TINY, head="fcn"), other)
    fresh = {key: value.clone() for key, value in model.state_dict().items()}

    origin = initialise(model, TrainConfig(start=str(path), start_head=True, new_classes=True))

    assert origin == "all but the classifier of first-run, which started from file weights.safetensors"
    after, before = model.state_dict(), first.state_dict()
    anew = {"decoder.classifier.weight", "decoder.classifier.bias"}
    taken = {key for key in before if not key.startswith("auxiliary.")} - anew
    assert anew < set(after) and any(key.startswith("head.") for key in taken)
    assert all(torch.equal(after[key], before[key]) for key in taken)
    assert all(torch.equal(after[key], fresh[key]) for key in anew)


def test_classes_of_other_names_start_anew_where_their_number_is_the_same(stored):
    path, first = stored
    model = Segmenter(replace(TINY, head="fcn"), ClassSet(("a", "b", "c"), CLASSES.colors))

    initialise(model, TrainConfig(start=str(path), start_head=True, new_classes=True))

    assert not torch.equal(
        model.state_dict()["decoder.classifier.weight"], first.state_dict()["decoder.classifier.weight"]
    )
