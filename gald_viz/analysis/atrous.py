"""How many taps of an atrous filter fall on the map, and how many on its zero padding.

Chen et al., arXiv:1706.05587 (DeepLabv3), Fig. 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ValidTaps:
    """Share of the positions at which so many taps are valid, for each rate.

    Attributes:
        rates: (R,) atrous rates.
        taps: (T,) numbers of valid taps that occur, ascending.
        share: (R, T) in 0..1; a rate's shares sum to 1.
        size: height and width of the map, cells.
        kernel: taps a side.
    """

    rates: NDArray[np.int64]
    taps: NDArray[np.int64]
    share: NDArray[np.float64]
    size: tuple[int, int]
    kernel: int

    def at(self, rate: int, taps: int) -> float:
        """Share at one rate, 0 for a number of taps that never occurs.

        Raises:
            ValueError: if the rate was not asked for.
        """
        if rate not in self.rates:
            raise ValueError(f"rate is {rate}, must be one of {self.rates.tolist()}.")
        return float(self.share[self.rates == rate][0, self.taps == taps].sum())


def valid_taps(size: tuple[int, int], rates: Sequence[int], kernel: int = 3) -> ValidTaps:
    """Count the valid taps at every position of a zero-padded map.

    A tap is valid when row and column are, so the counts of the two axes multiply.

    Args:
        size: height and width of the map, cells.
        rates: atrous rates, >= 1.
        kernel: taps a side, odd.

    Raises:
        ValueError: for an empty map, no rate or one below 1, or an even kernel.
    """
    _check(size, rates, kernel)
    products = np.outer(np.arange(kernel + 1), np.arange(kernel + 1))
    share = np.zeros((len(rates), kernel**2 + 1))
    for row, rate in zip(share, rates, strict=True):
        together = np.outer(*(_axis_share(cells, rate, kernel) for cells in size))
        np.add.at(row, products, together)
    taps = np.flatnonzero(share.any(axis=0))
    return ValidTaps(np.asarray(rates, dtype=np.int64), taps, share[:, taps], size, kernel)


def taps_at(size: tuple[int, int], rate: int, kernel: int = 3) -> NDArray[np.int64]:
    """(h, w) number of valid taps at every position; the arguments and errors of valid_taps, for one rate."""
    _check(size, (rate,), kernel)
    return np.outer(*(_axis_taps(cells, rate, kernel) for cells in size))


def tap_cells(cell: tuple[int, int], rate: int, kernel: int = 3) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns, (k*k,) each, of the taps of the filter at a position, row-major, wherever they fall."""
    offsets = rate * (np.arange(kernel) - kernel // 2)
    return np.repeat(cell[0] + offsets, kernel), np.tile(cell[1] + offsets, kernel)


def _check(size: tuple[int, int], rates: Sequence[int], kernel: int) -> None:
    if min(size) < 1:
        raise ValueError(f"size is {size}, must be (height, width), both >= 1.")
    if not rates or min(rates) < 1:
        raise ValueError(f"rates are {tuple(rates)}, give at least one, all >= 1.")
    if kernel < 1 or kernel % 2 == 0:
        raise ValueError(f"kernel is {kernel}, must be odd so that it has a centre.")


def _axis_taps(cells: int, rate: int, kernel: int) -> NDArray[np.int64]:
    """(cells,) taps inside at every position along one axis."""
    offsets = rate * (np.arange(kernel) - kernel // 2)
    place = np.arange(cells)[:, None] + offsets
    return ((place >= 0) & (place < cells)).sum(axis=1)


def _axis_share(cells: int, rate: int, kernel: int) -> NDArray[np.float64]:
    """(kernel + 1,) share of the positions along one axis with 0, 1 ... taps inside."""
    return np.bincount(_axis_taps(cells, rate, kernel), minlength=kernel + 1) / cells
