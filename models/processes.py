"""Several processes at one job: which one this is, and what they agree on. A single process agrees with itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import nn

Value = TypeVar("Value")


@dataclass(frozen=True)
class Processes:
    """The processes of a job, seen from one of them; every method waits until all of them have called it.

    Attributes:
        rank: number of this process, from 0.
        world: how many there are.
        device: where sums are made; NCCL needs a GPU of this process.
    """

    rank: int = 0
    world: int = 1
    device: str | torch.device = "cpu"

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes and speaks for all."""
        return self.rank == 0

    def means(self, values: Sequence[float]) -> list[float]:
        """Mean over the processes of each value, the same bits in every process."""
        if self.world == 1:
            return list(values)
        total = torch.tensor(values, dtype=torch.float64, device=self.device)
        dist.all_reduce(total)
        return [value / self.world for value in total.tolist()]

    def any(self, value: bool) -> bool:
        """Whether it is true in one of them at least."""
        return self.means([float(value)])[0] > 0

    def gathered(self, value: Value) -> list[Value]:
        """The values of all processes in their order."""
        if self.world == 1:
            return [value]
        values: list[Any] = [None] * self.world
        dist.all_gather_object(values, value)
        return values

    def wait(self) -> None:
        """Go on when all are here."""
        self.gathered(None)

    def share_buffers(self, model: nn.Module) -> None:
        """Give every process the first one's buffers: BatchNorm's statistics where each has seen its own part."""
        if self.world > 1:
            for buffer in model.buffers():
                dist.broadcast(buffer, src=0)


ALONE = Processes()
