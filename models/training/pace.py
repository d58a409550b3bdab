"""How fast a job trains, and whether its data keeps the device busy."""

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
        self._steps += 1
        self._waited += self._arrived - self._last
        self._seconds += seconds
        return seconds

    def rates(self) -> dict[str, float]:
        """``samples_per_second`` and ``data_wait`` in 0..1 over the steps since the last call; empty without a step."""
        if not self._steps:
            return {}
        self.shown = self._steps * self.batch / self._seconds
        share = self._waited / self._seconds
        self._steps, self._waited, self._seconds = 0, 0.0, 0.0
        return {"samples_per_second": self.shown, "data_wait": share}
