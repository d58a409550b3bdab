"""Where a network is trained and run."""

from __future__ import annotations

import torch

DEVICES = ("auto", "cpu", "cuda", "mps")


def find_device(name: str) -> str:
    """The device of this name; ``auto`` is cuda, else mps, else cpu, whichever is there first.

    Raises:
        ValueError: if there is no such device on this machine.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return next(device for device, usable in there.items() if usable)
    if not there.get(name.partition(":")[0], False):
        usable = [device for device, is_there in there.items() if is_there]
        raise ValueError(f"device is {name!r}, this machine has {usable}; choose one of these or auto.")
    return name
