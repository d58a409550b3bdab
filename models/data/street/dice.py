"""Random numbers that are the same on every machine and with every library version.

Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014 (splitmix64) for single
draws; a 32-bit integer hash of the coordinates for planes of noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Item = TypeVar("Item")

_WORD = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15


class Dice:
    """A stream of numbers for one topic of one scene, such as ``Dice(seed, "car", 3)``.

    Streams with different keys are independent, so more cars do not move the trees. Of a text the first eight
    bytes count.
    """

    def __init__(self, *key: int | str) -> None:
        self._state = 0
        for part in key:
            number = part if isinstance(part, int) else int.from_bytes(part.encode(), "little")
            self._state = _mixed((self._state + _STEP) ^ _mixed(number & _WORD))

    def unit(self) -> float:
        """Uniform in [0, 1)."""
        return (self._next() >> 11) * 2.0**-53

    def between(self, low: float, high: float) -> float:
        """Uniform in [low, high)."""
        return low + (high - low) * self.unit()

    def below(self, count: int) -> int:
        """Uniform in 0..count-1."""
        return (self._next() >> 32) * count >> 32

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.unit() < probability

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items."""
        return items[self.below(len(items))]

    def side(self) -> int:
        """-1 or 1."""
        return 1 if self.chance(0.5) else -1

    def key(self) -> int:
        """32 bits, for the noise functions."""
        return self._next() >> 32

    def _next(self) -> int:
        self._state = (self._state + _STEP) & _WORD
        return _mixed(self._state)


def hashed(rows: NDArray, columns: NDArray, key: int) -> NDArray[np.uint32]:
    """32 random bits for each pair of whole coordinates; fractions are cut off.

    Shape:
        rows, columns: any shape that broadcasts -> that shape
    """
    bits = _words(rows) * 0x9E3779B1
    bits = bits ^ (_words(columns) * 0x85EBCA77)
    bits += key
    bits ^= bits >> 16
    bits *= 0x7FEB352D
    bits ^= bits >> 15
    bits *= 0x846CA68B
    bits ^= bits >> 16
    return bits


def cell_noise(rows: NDArray, columns: NDArray, key: int) -> NDArray[np.float32]:
    """Uniform in [0, 1), constant within each unit cell of the coordinates.

    Args:
        rows: any shape that broadcasts with columns.
        columns: likewise, any shape.
        key: the same key makes the same noise.

    Returns:
        values in that shape, (...,).
    """
    bits = hashed(rows, columns, key)
    bits >>= 8
    return bits.astype(np.float32) * 2.0**-24


def line_noise(positions: NDArray, key: int) -> NDArray[np.float32]:
    """Uniform in [0, 1), constant between whole positions; any shape -> the same shape."""
    return cell_noise(np.zeros(1), positions, key)


def smooth_noise(rows: NDArray, columns: NDArray, key: int) -> NDArray[np.float32]:
    """Values in [0, 1] that change smoothly over about one unit.

    Shape:
        rows: (h,), columns: (w,) coordinates -> (h, w)
    """
    row_cell, row_part = _split(rows)
    column_cell, column_part = _split(columns)
    lattice = cell_noise(
        np.arange(row_cell.min(), row_cell.max() + 2)[:, None],
        np.arange(column_cell.min(), column_cell.max() + 2)[None, :],
        key,
    )
    column_cell = column_cell - column_cell.min()
    left = lattice[:, column_cell]
    lines = left + (lattice[:, column_cell + 1] - left) * column_part
    row_cell = row_cell - row_cell.min()
    upper = lines[row_cell]
    return upper + (lines[row_cell + 1] - upper) * row_part[:, None]


def _mixed(word: int) -> int:
    word &= _WORD
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 & _WORD
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB & _WORD
    return word ^ (word >> 31)


def _words(coordinates: NDArray) -> NDArray[np.uint32]:
    return np.floor(np.atleast_1d(coordinates)).astype(np.int32).view(np.uint32)


def _split(coordinates: NDArray) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    cell = np.floor(coordinates)
    part = (coordinates - cell).astype(np.float32)
    return cell.astype(np.int64), part * part * (3 - 2 * part)
