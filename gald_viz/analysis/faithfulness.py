"""Whether a map tells what matters: deletion and insertion curves, and weights randomised layer by layer.

Petsiuk et al., RISE, BMVC 2018, arXiv:1806.07421 (the curves); Adebayo et al., NeurIPS 2018, arXiv:1810.03292 (the
randomised weights).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

# What a network scores, in any unit, when the given share (h, w) of each cell is taken away.
Score = Callable[[NDArray[np.float64]], float]


@dataclass(frozen=True, slots=True)
class Curve:
    """share: (S,) of the cells deleted or inserted, 0 to 1; score: (S,) the network's score there."""

    share: NDArray[np.float64]
    score: NDArray[np.float64]

    @property
    def area(self) -> float:
        """Area under the curve by the trapezoidal rule: the mean score along the way."""
        return float(np.trapezoid(self.score, self.share))


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """Curves of a map and of its controls.

    Attributes:
        deletion: the most important cells are taken away first: lower is better.
        insertion: they are put back first, into nothing: higher is better.
        uniform: a map that says the same everywhere takes the same share from each cell.
        random: deletion curves of random orders of the cells. One that is read backwards is the insertion curve of the
            order turned round, so they are the controls of both.
    """

    deletion: Curve
    insertion: Curve
    uniform: Curve
    random: tuple[Curve, ...]

    @property
    def interval(self) -> tuple[float, float]:
        """Where the area of one more random order lies with 95 % (normal areas); nan for fewer than two."""
        return prediction_interval([curve.area for curve in self.random])


@dataclass(frozen=True, slots=True)
class Randomisation:
    """How alike a map stays when more and more layers have their weights shuffled, the last first.

    Attributes:
        layers: the layer reached, in the order of shuffling; the first entry is the network as it is.
        spearman: (L,) rank correlation with the map of the network as it is; nan for a map that is flat.
        absolute: (L,) the same of the absolute values.
    """

    layers: tuple[str, ...]
    spearman: NDArray[np.float64]
    absolute: NDArray[np.float64]


def removal(importance: NDArray[np.floating], share: float) -> NDArray[np.float64]:
    """How much of each cell is taken away when the most important `share` of a map (h, w) is.

    Cells of equal importance at the limit share what is left between them, so a uniform map loses the same share
    everywhere, and the result depends on the order of the values alone.

    Raises:
        ValueError: if the share is not in 0..1, or the map holds a value that is not finite.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share is {share}, must be in [0, 1].")
    flat = np.asarray(importance, dtype=np.float64).ravel()
    if not np.isfinite(flat).all():
        raise ValueError("the map holds values that are not finite; they have no order.")
    _, group, sizes = np.unique(-flat, return_inverse=True, return_counts=True)
    before = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    part = np.clip((share * flat.size - before) / sizes, 0, 1)
    return part[group].reshape(importance.shape)


def faithfulness(importance: NDArray[np.floating], score: Score, steps: int = 10, seeds: int = 5) -> Faithfulness:
    """Deletion and insertion curves of a map with uniform and random controls.

    Args:
        importance: (h, w), the most important cells highest.
        score: what the network says when so much of each cell is taken away.
        steps: intervals along a curve.
        seeds: random orders.

    Raises:
        ValueError: if steps < 1 or the map holds a value that is not finite.
    """
    if steps < 1:
        raise ValueError(f"steps is {steps}, must be >= 1.")
    shares = np.linspace(0, 1, steps + 1)
    # All curves begin and end at the same two pictures.
    whole, empty = score(np.zeros(importance.shape)), score(np.ones(importance.shape))

    def deletion(of: NDArray[np.floating]) -> Curve:
        inner = [score(removal(of, share)) for share in shares[1:-1]]
        return Curve(shares, np.array([whole, *inner, empty]))

    inserted = [score(1 - removal(importance, share)) for share in shares[1:-1]]
    return Faithfulness(
        deletion(importance),
        Curve(shares, np.array([empty, *inserted, whole])),
        deletion(np.zeros(importance.shape)),
        tuple(deletion(_random_order(importance.shape, seed)) for seed in range(seeds)),
    )


def evaluations(steps: int, seeds: int) -> int:
    """How often faithfulness() asks for a score."""
    return 2 + (steps - 1) * (3 + seeds)


def prediction_interval(areas: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """Interval in which one more draw lies with this probability when the draws are normal; nan for fewer than two."""
    count = len(areas)
    if count < 2:
        return float("nan"), float("nan")
    spread = float(np.std(areas, ddof=1)) * np.sqrt(1 + 1 / count)
    reach = float(stats.t.ppf((1 + level) / 2, count - 1)) * spread
    mean = float(np.mean(areas))
    return mean - reach, mean + reach


def randomisation(layers: Sequence[str], maps: Sequence[NDArray[np.floating]]) -> Randomisation:
    """Compare every map (h, w) with the first, whose network has its own weights.

    Raises:
        ValueError: if there are not as many layers as maps.
    """
    if len(layers) != len(maps):
        raise ValueError(f"there are {len(layers)} layers and {len(maps)} maps; give one a map.")
    first = maps[0]
    return Randomisation(
        tuple(layers),
        np.array([rank_correlation(first, each) for each in maps]),
        np.array([rank_correlation(np.abs(first), np.abs(each)) for each in maps]),
    )


def rank_correlation(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """Spearman's of two maps (h, w), cell by cell, in -1..1; nan where one of them is flat."""
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(stats.spearmanr(first.ravel(), second.ravel()).statistic)


def _random_order(shape: tuple[int, ...], seed: int) -> NDArray[np.float64]:
    count = int(np.prod(shape))
    return np.random.default_rng(seed).permutation(count).astype(np.float64).reshape(shape)
