"""How fast a job trains, and how long it waits for its images."""

from __future__ import annotations

import time


class Pace:
    """Images a second, and the share of the time in which the step had to wait for its batch.

    Args:
        batch: images a step, of all processes together.

    Attributes:
        shown: images a second when rates() was last called, 0 before.
    """

    def __init__(self, batch: int) -> None:
        self.batch, self.shown = batch, 0.0
        self._steps, self._waited, self._seconds = 0, 0.0, 0.0
        self._first, self._all_steps, self._all_seconds = 0.0, 0, 0.0
        self._last = self._arrived = time.perf_counter()

    def start(self) -> None:
        """The job asks for its next batch."""
        self._last = time.perf_counter()

    def batch_arrived(self) -> None:
        """The batch is there."""
        self._arrived = time.perf_counter()

    def step_done(self) -> float:
        """The step is done; seconds since start()."""
        seconds = time.perf_counter() - self._last
        self._first = self._first or seconds
        self._steps, self._all_steps = self._steps + 1, self._all_steps + 1
        self._waited += self._arrived - self._last
        self._seconds += seconds
        self._all_seconds += seconds
        return seconds

    @property
    def step_seconds(self) -> float:
        """Of a step of this process, 0 before the first; from the second step on without the first, which starts the
        loader and chooses kernels."""
        if self._all_steps < 2:
            return self._first
        return (self._all_seconds - self._first) / (self._all_steps - 1)

    @property
    def samples_per_second(self) -> float:
        """The same as images a second, 0 before the first step."""
        return self.batch / self.step_seconds if self._all_steps else 0.0

    def rates(self) -> dict[str, float]:
        """``samples_per_second`` and ``data_wait`` in 0..1 over the steps since the last call; empty without a step."""
        if not self._steps:
            return {}
        self.shown = self._steps * self.batch / self._seconds
        share = self._waited / self._seconds
        self._steps, self._waited, self._seconds = 0, 0.0, 0.0
        return {"samples_per_second": self.shown, "data_wait": share}
