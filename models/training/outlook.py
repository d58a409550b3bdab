"""How long a job still takes: its steps, and the validations that are still to come."""

from __future__ import annotations

from models.config import TrainConfig
from models.training.pace import Pace


class Outlook:
    """Time left, from what this process has measured so far.

    Args:
        recipe: steps, and how often they are validated.
        pace: of the steps.
    """

    def __init__(self, recipe: TrainConfig, pace: Pace) -> None:
        self._recipe, self._pace = recipe, pace
        self._validations, self._seconds = 0, 0.0

    def validated(self, seconds: float) -> None:
        """A validation, with what is written of it, took so long."""
        self._validations += 1
        self._seconds += seconds

    def values(self, step: int, done: bool = False) -> dict[str, float | None]:
        """What the status says after this step.

        ``eta`` counts the validations once one was measured, ``validation_seconds``; before that this is None and only
        ``validations_left`` tells of them. The last validation, of boundaries too, takes longer than the others.
        """
        left = 0 if done else validations_left(self._recipe, step)
        each = self._seconds / self._validations if self._validations else None
        steps = self._pace.step_seconds * (self._recipe.iterations - step)
        return {
            "eta": 0.0 if done else steps + left * (each or 0.0),
            "validations_left": left,
            "validation_seconds": each,
            "step_seconds": self._pace.step_seconds,
            "samples_per_second": self._pace.samples_per_second,
        }


def validations_left(recipe: TrainConfig, step: int = 0) -> int:
    """Validations after this step, the one at the end among them."""
    every, last = recipe.validate_every, recipe.iterations
    between = (last - 1) // every - step // every if every else 0
    return max(between, 0) + 1
