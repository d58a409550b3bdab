"""Where a network is trained and run."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

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
    if name.startswith("cuda:") and name.removeprefix("cuda:") not in map(str, range(torch.cuda.device_count())):
        count = torch.cuda.device_count()
        raise ValueError(f"device is {name!r}, this machine has {count} GPUs; choose cuda:0 to cuda:{count - 1}.")
    return name


def usable_devices() -> list[str]:
    """What can be chosen on this machine: auto, every GPU by its number, and the CPU."""
    cards = [f"cuda:{number}" for number in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    return ["auto", *cards, *(["mps"] if torch.backends.mps.is_available() else []), "cpu"]


def numbered(device: str) -> str:
    """The device with its number where it has one: cuda -> cuda:0."""
    return "cuda:0" if device == "cuda" else device


def devices_of(device: str, count: int) -> list[str]:
    """The devices that so many processes of this machine have: cuda for 2 is cuda:0 and cuda:1; all share the CPU.

    Args:
        device: as find_device gives it.
        count: processes.

    Raises:
        ValueError: if one GPU is named for several processes.
    """
    if count == 1 or not device.startswith("cuda"):
        return [numbered(device)]
    if device != "cuda":
        raise ValueError(f"device is {device!r} and devices is {count}; give cuda, which takes the first {count} GPUs.")
    return [f"cuda:{number}" for number in range(count)]


def placement(device: str) -> dict[str, Any]:
    """Arguments by which Lightning Fabric works on this one device: cuda:1 -> accelerator cuda, devices [1]."""
    kind, _, number = device.partition(":")
    return {"accelerator": kind, "devices": [int(number)] if number else 1}


def threads() -> int:
    """How many threads an operator uses on the CPU."""
    return torch.get_num_threads()


@contextmanager
def using_threads(count: int) -> Generator[None]:
    """Let operators use so many threads on the CPU while the block runs: with as many, sums are the same to the bit."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
