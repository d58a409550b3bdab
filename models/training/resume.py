"""What a job saves between two steps, and going on from there: exactly, or on another number of processes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from models.processes import Processes

_APART = 1_000_003  # between the seeds of two processes


def seed_apart(seed: int, processes: Processes) -> None:
    """Seed this process: the networks of all are the same; dropout is not."""
    torch.manual_seed(seed + _APART * processes.rank)


def random_states(processes: Processes) -> dict[str, Any]:
    """Of the generators that dropout draws from, in every process.

    The first process's lies where that of a run with one process does.
    """
    first, *others = processes.gathered(_random_state(processes.device))
    return first | ({"others": others} if others else {})


def restore_random_state(state: dict[str, Any], processes: Processes, seed: int) -> str:
    """Give this process's generators the state that was saved, or new ones where there is none for it.

    Args:
        state: what ``random_states`` gave, with the ``step``.
        processes: those that go on.
        seed: of the whole job.

    Returns:
        what is not as in an uninterrupted run; empty when everything is.
    """
    saved = [state, *state.get("others", [])]
    device = torch.device(processes.device)
    if len(saved) != processes.world or ("cuda_rng" in state) != (device.type == "cuda"):
        # Not those of the first steps again.
        seed_apart(seed + state["step"], processes)
        return (
            f"saved by {len(saved)} on {'cuda' if 'cuda_rng' in state else 'cpu'}, resumed on {processes.world} x "
            f"{device.type}: images, their order and augmentation, rate, weights and optimizer go on exactly; dropout "
            "draws anew, sums are rounded otherwise, and what each process counts by itself (a mean over its labelled "
            "pixels, OHEM, BatchNorm that is not synchronised) is counted over other parts"
        )
    own = saved[processes.rank]
    torch.set_rng_state(own["rng"])
    if "cuda_rng" in own:
        torch.cuda.set_rng_state(own["cuda_rng"], device)
    return ""


def _random_state(device: str | torch.device) -> dict[str, Tensor]:
    on_gpu = {"cuda_rng": torch.cuda.get_rng_state(device)} if torch.device(device).type == "cuda" else {}
    return {"rng": torch.get_rng_state(), **on_gpu}
