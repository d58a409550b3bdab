"""Time left, by hand."""

from __future__ import annotations

import pytest

from models.config import TrainConfig
from models.training.outlook import Outlook, validations_left


class FixedPace:
    step_seconds, samples_per_second = 2.0, 4.0


@pytest.fixture
def outlook() -> Outlook:
    return Outlook(TrainConfig(iterations=100, validate_every=30), FixedPace())  # ty: ignore[invalid-argument-type]


@pytest.mark.parametrize(
    ("every", "step", "left"),
    [
        # After 30, 60 and 90, and at the end.
        (30, 0, 4),
        (30, 29, 4),
        (30, 30, 3),
        (30, 99, 1),
        (30, 100, 1),
        # The one at step 100 is the one at the end.
        (50, 0, 2),
        (50, 100, 1),
        (0, 0, 1),
    ],
)
def test_validations_that_are_still_to_come(every, step, left):
    assert validations_left(TrainConfig(iterations=100, validate_every=every), step) == left


def test_before_the_first_validation_they_are_counted_and_not_timed(outlook):
    values = outlook.values(10)

    assert (values["eta"], values["validations_left"], values["validation_seconds"]) == (180.0, 4, None)


def test_measured_validations_are_a_part_of_the_time(outlook):
    outlook.validated(5.0)
    outlook.validated(7.0)

    values = outlook.values(60)

    # 40 steps of 2 s, and two validations of 6 s.
    assert (values["eta"], values["validations_left"], values["validation_seconds"]) == (92.0, 2, 6.0)
    done = outlook.values(100, done=True)
    assert (done["eta"], done["validations_left"]) == (0.0, 0)
