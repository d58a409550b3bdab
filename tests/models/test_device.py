from __future__ import annotations

import pytest
import torch

from models.device import devices_of, find_device, numbered, placement, usable_devices


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_auto_takes_cuda_then_mps_then_cpu(monkeypatch, cuda, mps, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    assert find_device("auto") == expected
    assert find_device("cpu") == "cpu"


@pytest.mark.parametrize("name", ["cuda", "mps", "cuda:1", "gpu7"])
def test_a_device_that_is_not_there_is_refused(monkeypatch, name):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)

    with pytest.raises(ValueError, match=rf"device is '{name}', this machine has \['cpu'\]; choose one"):
        find_device(name)


def test_a_gpu_beyond_the_last_one_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)

    assert find_device("cuda:1") == "cuda:1"
    assert usable_devices()[:3] == ["auto", "cuda:0", "cuda:1"]
    assert usable_devices()[-1] == "cpu"
    with pytest.raises(ValueError, match=r"device is 'cuda:2', this machine has 2 GPUs; choose cuda:0 to cuda:1"):
        find_device("cuda:2")


def test_fabric_is_told_which_gpu():
    assert placement("cuda:1") == {"accelerator": "cuda", "devices": [1]}
    assert placement("cuda") == {"accelerator": "cuda", "devices": 1}
    assert placement("cpu") == {"accelerator": "cpu", "devices": 1}
    assert [numbered(name) for name in ("cuda", "cuda:1", "cpu")] == ["cuda:0", "cuda:1", "cpu"]


def test_several_processes_have_a_device_each_and_share_the_cpu():
    assert devices_of("cuda", 3) == ["cuda:0", "cuda:1", "cuda:2"]
    assert devices_of("cuda:1", 1) == ["cuda:1"]
    assert devices_of("cpu", 2) == ["cpu"]
    with pytest.raises(
        ValueError, match="device is 'cuda:1' and devices is 2; give cuda, which takes the first 2 GPUs"
    ):
        devices_of("cuda:1", 2)
