from __future__ import annotations

import pytest
import torch

from models.device import find_device


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
