"""Random states that are saved and given back; going on elsewhere is tried in test_two_processes."""

from __future__ import annotations

import pytest
import torch

from models.processes import ALONE, Processes
from models.training.resume import random_states, restore_random_state, seed_apart


def test_the_same_numbers_are_drawn_again():
    torch.manual_seed(5)
    state = random_states(ALONE) | {"step": 3}
    expected = torch.rand(4)

    assert restore_random_state(state, ALONE, seed=0) == ""
    assert torch.equal(torch.rand(4), expected)


@pytest.mark.parametrize("rank", [0, 1])
def test_each_process_gets_its_own_state(rank):
    drawn = []
    states = []
    for number in range(2):
        seed_apart(7, Processes(number, 2))
        states.append(random_states(ALONE))
        drawn.append(torch.rand(3))
    state = states[0] | {"others": states[1:], "step": 1}

    assert restore_random_state(state, Processes(rank, 2), seed=7) == ""
    assert torch.equal(torch.rand(3), drawn[rank])
    assert not torch.equal(drawn[0], drawn[1])


def test_another_number_of_processes_draws_anew_and_says_so():
    state = random_states(ALONE) | {"step": 3}
    drawn = []
    for rank in range(2):
        said = restore_random_state(state, Processes(rank, 2), seed=0)
        drawn.append(torch.rand(3))
        assert said.startswith(
            "saved by 1 on cpu, resumed on 2 x cpu: images, their order and augmentation, rate, weights"
        )
        assert "dropout draws anew" in said

    torch.manual_seed(0)
    first_steps = torch.rand(3)
    assert not torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], first_steps)
    # Resumed twice it goes on twice in the same way.
    restore_random_state(state, Processes(0, 2), seed=0)
    assert torch.equal(torch.rand(3), drawn[0])
