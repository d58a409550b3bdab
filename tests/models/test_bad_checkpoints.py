"""Files that are no checkpoint, or not the one they say: each is refused with one message, and none is unpickled."""

import json
import os
import pickle
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from models import zoo
from models.checkpoint import load_checkpoint, read_header, save_checkpoint
from models.data.classes import ClassSet
from models.presets import preset
from models.segmenter import Segmenter


@pytest.fixture
def saved(tmp_path) -> Path:
    classes = ClassSet(("sky", "pole"), ((0, 0, 255), (200, 200, 0)))
    save_checkpoint(Segmenter(preset("tiny-fcn").model, classes), tmp_path / "net.safetensors", {})
    return tmp_path / "net.safetensors"


def rewrite(path: Path, description=None, **tensors: torch.Tensor | None) -> None:
    """Change the JSON description by a function, and replace or (None) leave out tensors."""
    with safe_open(path, "pt") as file:
        held = {key: file.get_tensor(key) for key in file.keys()} | tensors  # noqa: SIM118 - not a dict
        header = json.loads(file.metadata()["gald"])
    text = json.dumps(description(header) if description else header)
    save_file({key: value for key, value in held.items() if value is not None}, path, {"gald": text})


class Payload:
    """Touches a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return (os.mkdir, (str(self.target),))


def as_pickle(file: Path, payload: Payload, protocol: int) -> None:
    file.write_bytes(pickle.dumps(payload, protocol=protocol))


def as_zip(file: Path, payload: Payload, protocol: int) -> None:
    torch.save({"model": payload}, file)


def as_legacy(file: Path, payload: Payload, protocol: int) -> None:
    torch.save({"model": payload}, file, _use_new_zipfile_serialization=False)


@pytest.mark.parametrize(("write", "protocol"), [(as_pickle, 2), (as_pickle, 5), (as_zip, 0), (as_legacy, 0)])
@pytest.mark.parametrize("name", ["net.pt", "net.pth", "net.safetensors"])
def test_a_pickle_is_refused_and_not_run(tmp_path, write, protocol, name):
    target = tmp_path / "touched"
    write(tmp_path / name, Payload(target), protocol)

    with pytest.raises(ValueError, match=rf"checkpoint {name} is a pickle .* could run code.*save_checkpoint"):
        load_checkpoint(tmp_path / name)

    assert not target.exists()


def test_a_pickle_in_plain_text_is_not_run_either(tmp_path):
    target = tmp_path / "touched"
    as_pickle(tmp_path / "net.pt", Payload(target), 0)

    with pytest.raises(ValueError, match="not a safetensors file"):
        load_checkpoint(tmp_path / "net.pt")

    assert not target.exists()


def test_the_payload_of_these_tests_is_live(tmp_path):
    as_pickle(tmp_path / "net.pt", Payload(tmp_path / "touched"), 2)
    pickle.loads((tmp_path / "net.pt").read_bytes())

    assert (tmp_path / "touched").exists()


def test_nothing_on_the_way_can_unpickle(saved, monkeypatch):
    def refuse(*_args, **_options):
        raise AssertionError("unpickled")

    for place, name in ((torch, "load"), (pickle, "load"), (pickle, "loads"), (pickle, "Unpickler")):
        monkeypatch.setattr(place, name, refuse)

    assert load_checkpoint(saved).name == "net"


@pytest.mark.parametrize("size", [0, 3, 8, 500, -1])
def test_a_truncated_file_is_refused_with_its_size(saved, size):
    whole = saved.read_bytes()
    saved.write_bytes(whole[:size])
    left = len(whole[:size])

    with pytest.raises(ValueError, match=rf"net\.safetensors \({left} bytes\) is truncated or not a safetensors file"):
        load_checkpoint(saved)


@pytest.mark.parametrize("read", [load_checkpoint, read_header])
def test_a_missing_file_is_refused(tmp_path, read):
    with pytest.raises(ValueError, match=r"gone\.safetensors"):
        read(tmp_path / "gone.safetensors")


def test_a_missing_checkpoint_is_refused_with_the_zoos_names(monkeypatch, tmp_path):
    monkeypatch.setattr(zoo, "_FOLDER", tmp_path)

    with pytest.raises(ValueError, match=r"checkpoint is 'gone', neither a file nor one of the zoo: \[\]"):
        load_checkpoint("gone")


def test_a_folder_is_no_checkpoint(tmp_path):
    with pytest.raises(ValueError, match="neither a file nor one of the zoo"):
        load_checkpoint(tmp_path)


def test_weights_without_a_description_are_refused(tmp_path):
    save_file({"a": torch.ones(1)}, tmp_path / "net.safetensors")

    with pytest.raises(ValueError, match="has no description of its network; only files of save_checkpoint"):
        load_checkpoint(tmp_path / "net.safetensors")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda h: h | {"format": 2}, "has format 2, this version reads 1"),
        (lambda h: {}, "has format None, this version reads 1"),
        (lambda h: ["format"], "the description in checkpoint .* is damaged"),
        (lambda h: {k: v for k, v in h.items() if k != "meta"}, r"lacks \['meta'\]"),
        (lambda h: h | {"config": "resnet50"}, r"lacks \['config'\]"),
        (
            lambda h: h | {"config": h["config"] | {"depth": 9}},
            r"cannot be built: ModelConfig has no field \['depth'\]",
        ),
        (lambda h: h | {"config": h["config"] | {"head": "gld"}}, r"cannot be built: head is 'gld', must be one of"),
        (lambda h: h | {"classes": h["classes"] | {"names": ["sky"]}}, r"cannot be built: 1 names, 2 colours"),
        (lambda h: h | {"classes": {"names": ["sky"]}}, r"cannot be built: .*'colors'"),
    ],
)
def test_a_description_that_does_not_hold_is_refused(saved, change, message):
    rewrite(saved, change)

    with pytest.raises(ValueError, match=message):
        load_checkpoint(saved)


def test_a_description_that_is_no_json_is_refused(tmp_path):
    save_file({"a": torch.ones(1)}, tmp_path / "net.safetensors", {"gald": "{"})

    with pytest.raises(ValueError, match=r"the description in checkpoint net\.safetensors is damaged .* copy it again"):
        read_header(tmp_path / "net.safetensors")


def test_the_weights_of_another_architecture_are_refused(saved):
    other = {"head": "gald", "arrangement": "ga", "aggregation": {"name": "none"}}
    rewrite(saved, lambda header: header | {"config": header["config"] | other})

    with pytest.raises(ValueError, match=r"another architecture than its description: \d+ tensors missing \['head\."):
        load_checkpoint(saved)


def test_tensors_that_are_missing_or_unknown_are_named(saved):
    rewrite(saved, **{"decoder.classifier.bias": None, "decoder.extra": torch.ones(1)})

    with pytest.raises(
        ValueError, match=r"1 tensors missing \['decoder\.classifier\.bias'\], 1 unknown \['decoder\.extra'\]"
    ):
        load_checkpoint(saved)


def test_a_tensor_of_another_shape_is_named(saved):
    rewrite(saved, **{"decoder.classifier.bias": torch.ones(3)})

    with pytest.raises(ValueError, match=r"decoder\.classifier\.bias is \(3,\), its description says \(2,\)"):
        load_checkpoint(saved)


def test_a_description_of_a_huge_network_is_refused_before_it_takes_memory(saved, monkeypatch):
    rewrite(saved, lambda header: header | {"config": header["config"] | {"width": 8192}})
    taken: list[nn.Module] = []
    monkeypatch.setattr(Segmenter, "to_empty", lambda self, **_: taken.append(self))

    with pytest.raises(ValueError, match=r"its description says \(2, 8192, 1, 1\)"):
        load_checkpoint(saved)
    assert taken == []
