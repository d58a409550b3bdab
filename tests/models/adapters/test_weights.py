"""Weights files of others: what is read, what is refused, and that nothing is unpickled unless somebody says so."""

from __future__ import annotations

import logging
import os
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from models.adapters.weights import fill, read_tensors


class Payload:
    """Makes a folder when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return (os.mkdir, (str(self.target),))


def same(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> bool:
    return set(found) == set(expected) and all(torch.equal(found[key], value) for key, value in expected.items())


@pytest.fixture
def held() -> dict[str, torch.Tensor]:
    return {"0.weight": torch.randn(2, 3, 1, 1), "0.bias": torch.randn(2)}


def test_safetensors_are_read_by_name(tmp_path, held):
    save_file(held, tmp_path / "a.safetensors")

    assert same(read_tensors(tmp_path / "a.safetensors"), held)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda held: held,
        lambda held: {"epoch": 3, "state_dict": held},
        lambda held: {"model": held, "optimizer": {}},
        lambda held: {f"module.{key}": value for key, value in held.items()},
    ],
)
def test_a_trusted_pickle_of_tensors_is_read_without_running_code(tmp_path, held, wrap, caplog):
    torch.save(wrap(held), tmp_path / "a.pth")

    with caplog.at_level(logging.WARNING):
        assert same(read_tensors(tmp_path / "a.pth", trust_pickle=True), held)
    assert caplog.text == ""


@pytest.mark.parametrize("name", ["a.pth", "a.pt", "a.safetensors"])
@pytest.mark.parametrize("new", [True, False])
def test_a_pickle_is_refused_and_not_run(tmp_path, name, new, monkeypatch):
    torch.save({"model": Payload(tmp_path / "touched")}, tmp_path / name, _use_new_zipfile_serialization=new)

    def refuse(*_args, **_options):
        raise AssertionError("unpickled")

    for place, attribute in ((torch, "load"), (pickle, "load"), (pickle, "loads"), (pickle, "Unpickler")):
        monkeypatch.setattr(place, attribute, refuse)

    with pytest.raises(ValueError, match=rf"{name} is a pickle .* could run code.*trust_pickle=True"):
        read_tensors(tmp_path / name)
    assert not (tmp_path / "touched").exists()


def test_a_file_that_calls_itself_safetensors_is_never_unpickled(tmp_path):
    torch.save({"model": Payload(tmp_path / "touched")}, tmp_path / "a.safetensors")

    with pytest.raises(ValueError, match="is a pickle"):
        read_tensors(tmp_path / "a.safetensors", trust_pickle=True)
    assert not (tmp_path / "touched").exists()


def test_a_trusted_pickle_with_code_is_run_and_said_so(tmp_path, caplog):
    torch.save({"model": {"a": torch.ones(2)}, "more": Payload(tmp_path / "touched")}, tmp_path / "a.pth")

    with caplog.at_level(logging.WARNING):
        found = read_tensors(tmp_path / "a.pth", trust_pickle=True)

    assert same(found, {"a": torch.ones(2)})
    assert (tmp_path / "touched").is_dir()
    assert "unpickled in full, because it was said to be trusted" in caplog.text


def test_a_whole_pickled_module_gives_its_tensors(tmp_path):
    module = nn.Conv2d(3, 2, 1)
    torch.save(module, tmp_path / "a.pt")

    assert same(read_tensors(tmp_path / "a.pt", trust_pickle=True), module.state_dict())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"a": 1}, r"holds a dict with \['a'\], must hold tensors by name"),
        ([1], "holds a list, must hold tensors"),
        ({}, "holds a dict with"),
    ],
)
def test_a_trusted_file_that_holds_no_tensors_is_refused(tmp_path, content, message):
    torch.save(content, tmp_path / "a.pth")

    with pytest.raises(ValueError, match=message):
        read_tensors(tmp_path / "a.pth", trust_pickle=True)


def test_a_missing_or_damaged_file_is_refused(tmp_path):
    (tmp_path / "a.safetensors").write_bytes(b"12345678")
    (tmp_path / "a.pth").write_bytes(b"PK\x03\x04broken")

    with pytest.raises(ValueError, match=r"gone.safetensors does not exist"):
        read_tensors(tmp_path / "gone.safetensors")
    with pytest.raises(ValueError, match=r"a.pth cannot be (read|unpickled) \("):
        read_tensors(tmp_path / "a.pth", trust_pickle=True)
    with pytest.raises(ValueError, match="truncated or not a safetensors file"):
        read_tensors(tmp_path / "a.safetensors")


def test_a_module_is_filled_in_half_precision_and_without_counters(held):
    convolution, norm = nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2)
    statistics = {f"1.{name}": torch.rand(2) for name in ("weight", "bias", "running_mean", "running_var")}

    tensors = {key: value.half() for key, value in (held | statistics).items()}
    fill(nn.Sequential(convolution, norm), tensors, "a")

    assert convolution.weight.dtype == torch.float32
    assert torch.equal(convolution.weight, held["0.weight"].half().float())
    assert norm.running_var is not None
    assert torch.equal(norm.running_var, statistics["1.running_var"].half().float())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"0.bias": None}, r"1 tensors missing \['0.bias'\], 0 unknown"),
        ({"head.weight": torch.ones(1)}, r"0 tensors missing \[\], 1 unknown \['head.weight'\]"),
        ({"0.bias": torch.ones(3)}, r"0.bias is \(2,\), the file has \(3,\)"),
    ],
)
def test_weights_of_another_network_are_refused(held, change, message):
    tensors = {key: value for key, value in (held | change).items() if value is not None}

    with pytest.raises(ValueError, match=message):
        fill(nn.Sequential(nn.Conv2d(3, 2, 1)), tensors, "a.safetensors")
