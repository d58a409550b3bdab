import numpy as np
import pytest

from models.data.street.dice import Dice, cell_noise, hashed, line_noise, smooth_noise


def slow_hash(row: int, column: int, key: int) -> int:
    """The 32-bit hash with Python's own integers."""
    word = 0xFFFFFFFF
    bits = ((row & word) * 0x9E3779B1 & word) ^ ((column & word) * 0x85EBCA77 & word)
    bits = (bits + key) & word
    bits = (bits ^ bits >> 16) * 0x7FEB352D & word
    bits = (bits ^ bits >> 15) * 0x846CA68B & word
    return bits ^ bits >> 16


def test_the_hash_of_planes_equals_python_integers():
    rows, columns = np.array([[-3], [0], [70_000]]), np.array([[-1, 5, 123_456_789]])

    found = hashed(rows, columns, key=0xDEADBEEF)

    expected = [[slow_hash(r, c, 0xDEADBEEF) for c in columns[0].tolist()] for r in rows[:, 0].tolist()]
    assert found.tolist() == expected


def test_cell_noise_is_constant_within_a_cell_and_uniform_over_cells():
    inside = cell_noise(np.array([2.1, 2.9, -0.5]), np.array([7.0, 7.99, 7.5]), key=3)
    assert inside[0] == inside[1] != inside[2]

    many = cell_noise(np.arange(200)[:, None], np.arange(300)[None, :], key=1)
    assert many.min() >= 0
    assert many.max() < 1
    np.testing.assert_allclose(np.histogram(many, bins=10, range=(0, 1))[0] / many.size, 0.1, atol=0.005)


def test_line_noise_changes_at_whole_positions_only():
    found = line_noise(np.array([0.1, 0.9, 1.0, 1.99]), key=5)

    assert found[0] == found[1] != found[2] == found[3]


def test_smooth_noise_meets_its_lattice_and_blends_halfway():
    corners = cell_noise(np.arange(2)[:, None], np.arange(2)[None, :], key=9)

    blend = smooth_noise(np.array([0.0, 0.5, 1.0]), np.array([0.0, 0.5]), key=9)

    np.testing.assert_allclose(blend[[0, 2], 0], corners[:, 0], atol=1e-7)
    np.testing.assert_allclose(blend[0, 1], corners[0].mean(), atol=1e-6)
    np.testing.assert_allclose(blend[1, 1], corners.mean(), atol=1e-6)


def test_dice_repeat_with_the_same_key_and_differ_with_another():
    rolls = [
        [Dice(*key).unit() for _ in range(2)] for key in ((4, "car", 1), (4, "car", 1), (4, "car", 2), (4, 1, "car"))
    ]

    assert rolls[0] == rolls[1]
    assert len({roll[0] for roll in rolls}) == 3


def test_dice_are_fair():
    dice = Dice(0, "fair")

    assert np.bincount([dice.below(6) for _ in range(12_000)], minlength=6) / 12_000 == pytest.approx(1 / 6, abs=0.015)
    assert np.mean([dice.between(-2, 4) for _ in range(12_000)]) == pytest.approx(1, abs=0.06)
    assert {dice.side() for _ in range(64)} == {-1, 1}
    assert {dice.pick("abc") for _ in range(64)} == {"a", "b", "c"}
    assert sum(dice.chance(0.25) for _ in range(12_000)) / 12_000 == pytest.approx(0.25, abs=0.015)
