import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from models import zoo
from models.backbones import BACKBONES
from models.backbones.tiny import TinyPyramid
from models.checkpoint import file_sha256, load_checkpoint, read_header, save_checkpoint, write_atomically
from models.data.classes import ClassSet
from models.presets import preset
from models.segmenter import Preprocessing, Segmenter

CLASSES = ClassSet(("sky", "pole"), ((0, 0, 255), (200, 200, 0)), thing_flags=(False, True))
META = {"metrics": {"miou": 0.5}, "training": {"seed": 3}}


def build(name: str = "tiny-fcn", **options) -> Segmenter:
    return Segmenter(replace(preset(name).model, **options), CLASSES, Preprocessing(std=(0.2, 0.2, 0.25))).eval()


@pytest.fixture
def saved(tmp_path) -> Path:
    save_checkpoint(build(), tmp_path / "net.safetensors", META)
    return tmp_path / "net.safetensors"


@pytest.mark.parametrize("name", ["tiny-fcn", "tiny-cgnl-ldv1", "tiny-aspp-ldv2"])
def test_a_network_comes_back_bit_by_bit_in_float32(tmp_path, name):
    model = build(name, stage_classifiers=True)
    digest = save_checkpoint(model, tmp_path / "a.safetensors", META, half=False)
    image = torch.randn(1, 3, 120, 125)

    loaded = load_checkpoint(tmp_path / "a.safetensors")

    with torch.no_grad():
        assert torch.equal(loaded.model(image).logits, model(image).logits)
    assert (loaded.model.config, loaded.model.classes) == (model.config, CLASSES)
    assert loaded.model.preprocessing == Preprocessing(std=(0.2, 0.2, 0.25))
    assert (loaded.name, loaded.meta) == ("a", META)
    assert loaded.sha256 == digest == hashlib.sha256((tmp_path / "a.safetensors").read_bytes()).hexdigest()


def test_what_is_loaded_only_looks_at_images(saved):
    model = load_checkpoint(saved).model

    assert not any(module.training for module in model.modules())
    assert not any(value.requires_grad for value in model.parameters())
    assert {value.dtype for value in model.parameters()} == {torch.float32}


def test_half_precision_on_disk_is_that_of_the_kernels_alone(tmp_path):
    model = build()
    save_checkpoint(model, tmp_path / "a.safetensors", META)
    with safe_open(tmp_path / "a.safetensors", "pt") as file:
        held = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
    own = {key: value for key, value in model.state_dict().items() if not key.startswith("auxiliary.")}

    assert {key: value.dtype for key, value in held.items()} == {
        key: torch.float16 if value.ndim > 1 else value.dtype for key, value in own.items()
    }
    loaded = load_checkpoint(tmp_path / "a.safetensors").model.state_dict()
    assert all(
        torch.equal(loaded[key], value.half().float() if value.ndim > 1 else value) for key, value in own.items()
    )


def test_the_auxiliary_head_stays_behind(saved):
    assert not any(key.startswith("auxiliary") for key in load_checkpoint(saved).model.state_dict())


def test_the_description_is_read_without_the_weights(saved):
    header = read_header(saved)

    assert header["format"] == 1
    assert header["classes"]["names"] == ["sky", "pole"]
    assert header["config"]["head"] == "fcn"
    assert header["meta"] == META


def test_a_name_of_the_zoo_is_enough(saved, monkeypatch):
    monkeypatch.setattr(zoo, "_FOLDER", saved.parent)

    assert load_checkpoint("net").name == "net"


def test_the_checkpoint_of_a_run_has_the_name_of_the_run(saved, tmp_path):
    file = tmp_path / "first try" / "checkpoints" / "final.safetensors"
    file.parent.mkdir(parents=True)
    file.write_bytes(saved.read_bytes())

    assert load_checkpoint(file).name == "first try"
    assert load_checkpoint(saved).name == saved.stem


def test_the_hash_follows_the_file(saved):
    before = file_sha256(saved)
    saved.write_bytes(b"other")

    assert (before, file_sha256(saved)) != (before, before)
    assert file_sha256(saved) == hashlib.sha256(b"other").hexdigest()


def test_a_network_with_values_that_no_checkpoint_holds_is_computed_anew(saved, monkeypatch):
    class Filtered(TinyPyramid):
        def __init__(self, config):
            super().__init__(config)
            self.register_buffer("blur", torch.full((1, 1, 1, 1), 0.5), persistent=False)

        def forward(self, image):
            return super().forward(image * self.blur)

    monkeypatch.setitem(BACKBONES._parts, "tiny", Filtered)
    model, image = build(), torch.randn(1, 3, 40, 40)
    save_checkpoint(model, saved, META, half=False)

    assert torch.equal(load_checkpoint(saved).model(image).logits, model(image).logits)


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(saved, monkeypatch):
    before = saved.read_bytes()

    def full(*_args):
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", full)

    with pytest.raises(OSError, match="no space left"):
        write_atomically(saved, b"new")
    assert [file.name for file in saved.parent.iterdir()] == ["net.safetensors"]
    assert saved.read_bytes() == before


def test_a_write_makes_the_folder_and_the_file_readable_for_others(tmp_path):
    write_atomically(tmp_path / "a" / "b.json", b"{}")

    assert (tmp_path / "a" / "b.json").read_bytes() == b"{}"
    assert (tmp_path / "a" / "b.json").stat().st_mode & 0o777 == 0o644
