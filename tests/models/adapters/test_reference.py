"""From what a user types to a network."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torchvision
from safetensors.torch import save_file

from models.adapters.reference import NetworkReference, class_set, open_network
from models.checkpoint import save_checkpoint
from models.data.cityscapes import Cityscapes
from models.data.classes import ClassSet
from models.data.voc import Voc
from models.presets import preset
from models.segmenter import Segmenter

OWN = """
from torch import nn
from beside import K
from models.adapters import Adapter, adapt
from models.data.classes import ClassSet

NAMES = ClassSet(tuple("abc"), ((0, 0, 0),) * K)

def plain():
    return nn.Conv2d(3, K, 1)

def adapted():
    return adapt(nn.Sequential(plain()), NAMES, Adapter(classifier="0"))

def nothing():
    return 3

def fails():
    return plain()(1)
"""


@pytest.fixture
def own(tmp_path) -> Path:
    (tmp_path / "beside.py").write_text("K = 3\n")
    (tmp_path / "own.py").write_text(OWN)
    return tmp_path / "own.py"


@pytest.fixture
def checkpoint(tmp_path) -> Path:
    classes = ClassSet(("sky", "pole"), ((0, 0, 255), (200, 200, 0)))
    save_checkpoint(Segmenter(preset("tiny-deeplabv3").model, classes), tmp_path / "net.safetensors", {})
    return tmp_path / "net.safetensors"


def test_a_checkpoint_is_opened_as_before(checkpoint):
    loaded = open_network(NetworkReference(str(checkpoint)), output_stride=8)

    assert (loaded.name, loaded.model.classes.names) == ("net", ("sky", "pole"))
    assert isinstance(loaded.model, Segmenter)
    assert loaded.model.config.backbone.output_stride == 8


@pytest.mark.parametrize("auxiliary", [True, False])
def test_a_torchvision_network_is_filled_from_its_file_and_takes_its_classes_from_it(tmp_path, auxiliary):
    torch.manual_seed(5)
    options = {"aux_loss": True} if auxiliary else {}
    raw = torchvision.models.get_model(
        "deeplabv3_mobilenet_v3_large", weights=None, weights_backbone=None, num_classes=19, **options
    ).eval()
    save_file(raw.state_dict(), tmp_path / "street.safetensors")
    source = "torchvision:deeplabv3_mobilenet_v3_large"

    loaded = open_network(NetworkReference(source, str(tmp_path / "street.safetensors"), "cityscapes"))

    image = torch.randn(1, 3, 64, 96)
    with torch.inference_mode():
        torch.testing.assert_close(loaded.model.predict_logits(image), raw(image)["out"])
    assert loaded.name == "deeplabv3_mobilenet_v3_large (street)"
    assert loaded.model.classes == Cityscapes.classes
    assert loaded.meta == {"source": source}
    with pytest.raises(ValueError, match="gives 19 logits a pixel, the class set has 21 names"):
        open_network(NetworkReference(source, str(tmp_path / "street.safetensors"), "voc"))


def test_a_timm_network_without_weights_says_that_they_are_random(tmp_path):
    (tmp_path / "classes.json").write_text(json.dumps({"names": ["x", "y"], "colors": [[0, 0, 0], [9, 9, 9]]}))

    loaded = open_network(NetworkReference("timm:resnet18", classes=str(tmp_path / "classes.json")))

    assert loaded.name == "resnet18 (random weights)"
    assert loaded.model.classes.names == ("x", "y")


def test_a_file_of_ones_own_builds_the_network_and_may_import_its_neighbours(own):
    plain = open_network(NetworkReference(f"{own}:plain", classes=""))
    adapted = open_network(NetworkReference(f"{own}:adapted"))

    assert (plain.name, plain.model.classes.names) == ("plain", ("class 0", "class 1", "class 2"))
    assert adapted.model.classes.names == ("a", "b", "c")
    assert open_network(NetworkReference(f"{own}:adapted")).sha256 != adapted.sha256, "its weights are random"


@pytest.mark.parametrize(("function", "prefix"), [("plain", ""), ("adapted", "0.")])
def test_a_file_of_ones_own_can_be_filled_from_a_weights_file(own, tmp_path, function, prefix):
    held = {f"{prefix}weight": torch.randn(3, 3, 1, 1), f"{prefix}bias": torch.randn(3)}
    save_file(held, tmp_path / "a.safetensors")
    reference = NetworkReference(f"{own}:{function}", str(tmp_path / "a.safetensors"))

    loaded = open_network(reference)

    image = torch.randn(1, 3, 64, 64)
    expected = torch.einsum("bchw,kc->bkhw", image, held[f"{prefix}weight"][:, :, 0, 0])
    torch.testing.assert_close(loaded.model.predict_logits(image), expected + held[f"{prefix}bias"][:, None, None])
    assert open_network(reference).sha256 == loaded.sha256
    own.write_text(OWN + "\n# another file\n")
    assert open_network(reference).sha256 != loaded.sha256


def test_a_pickle_is_refused_unless_it_is_trusted(own, tmp_path):
    torch.save({"state_dict": {"weight": torch.ones(3, 3, 1, 1), "bias": torch.zeros(3)}}, tmp_path / "a.pth")
    reference = NetworkReference(f"{own}:plain", str(tmp_path / "a.pth"))

    with pytest.raises(ValueError, match="is a pickle"):
        open_network(reference)
    model = open_network(replace(reference, trust_pickle=True)).model
    assert torch.equal(model.predict_logits(torch.ones(1, 3, 64, 64)), torch.full((1, 3, 64, 64), 3.0))


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("plian", r"there is no function 'plian' \(like 'plain'\) in it"),
        ("nothing", "returned a int, must return a torch.nn.Module"),
        ("fails", r"own.py:fails failed, line 19: TypeError: conv2d\(\) received .* …$"),
    ],
)
def test_what_goes_wrong_in_ones_own_file_is_told_with_its_line(own, function, message):
    with pytest.raises(ValueError, match=message):
        open_network(NetworkReference(f"{own}:{function}"))


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (
            NetworkReference("torchvison:fcn_resnet50"),
            "FAMILY:NAME or FILE.py:FUNCTION, with FAMILY of .*'torchvision'",
        ),
        (NetworkReference("gone.py:build"), "there is no file gone.py"),
        (NetworkReference("gone"), "neither a file nor one of the zoo"),
        (NetworkReference("gone", weights="a.safetensors"), "is a checkpoint, which holds its weights and classes"),
        (NetworkReference("timm:resnet18", weights="gone.safetensors"), "gone.safetensors does not exist"),
        (NetworkReference("timm:resnet18", classes="camvit"), r"classes are 'camvit' \(like 'camvid'"),
    ],
)
def test_what_cannot_be_opened_is_named(reference, message):
    with pytest.raises(ValueError, match=message):
        open_network(reference)


def test_only_checkpoints_change_their_output_stride(own):
    with pytest.raises(ValueError, match="output_stride is 8, which only checkpoints can change"):
        open_network(NetworkReference(f"{own}:plain"), output_stride=8)


def test_a_file_that_names_its_classes_gets_no_others(own):
    with pytest.raises(ValueError, match="names other classes than 'voc'; leave classes out"):
        open_network(NetworkReference(f"{own}:adapted", classes="voc"))


def test_class_sets_come_from_data_sets_and_files():
    assert class_set("voc") == Voc.classes
    with pytest.raises(ValueError, match=r"gone/classes.json is missing"):
        class_set("gone/classes.json")
