"""Which images a figure shows: by a rule that is printed with it, never by taste."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Choice:
    """Chosen items and the sentence that says how.

    Attributes:
        indices: places in what was chosen from, in the order of the rule.
        rule: the sentence.
    """

    indices: tuple[int, ...]
    rule: str


def evenly(count: int, total: int) -> tuple[int, ...]:
    """Up to `count` places spread evenly over `total`, the first and the last among them.

    Raises:
        ValueError: if either is below 1.
    """
    if count < 1 or total < 1:
        raise ValueError(f"{count} of {total} images are asked for, both must be >= 1.")
    return tuple(np.unique(np.linspace(0, total - 1, min(count, total)).round().astype(int)).tolist())


def by_percentile(scores: Sequence[float] | NDArray[np.floating], percentiles: Sequence[float], what: str) -> Choice:
    """The items at these percentiles of a score, by nearest rank; none twice.

    Args:
        scores: (N,) one an item, nan for items that have none and are left out.
        percentiles: 0..100; 0 is the lowest score. Where two would be one item, the next lower free one is taken.
        what: the score in words.

    Raises:
        ValueError: if a percentile is not in 0..100, or there are fewer items than percentiles.
    """
    values = np.asarray(scores, dtype=np.float64)
    order = [int(index) for index in np.argsort(values, kind="stable") if not math.isnan(values[index])]
    if any(not 0 <= each <= 100 for each in percentiles):
        raise ValueError(f"percentiles are {tuple(percentiles)}, must be in 0..100.")
    if len(order) < len(percentiles):
        raise ValueError(f"{len(order)} images have a score, {len(percentiles)} are to be shown; look at more.")
    chosen: list[int] = []
    for percentile in percentiles:
        rank = max(math.ceil(percentile / 100 * len(order)) - 1, 0)
        nearest = sorted(range(len(order)), key=lambda place: (abs(place - rank), place))
        chosen.append(next(order[place] for place in nearest if order[place] not in chosen))
    shown = ", ".join(f"{each:g}" for each in percentiles)
    plural = "s" if len(percentiles) > 1 else ""
    return Choice(tuple(chosen), f"percentile{plural} {shown} of {what} among {len(order)}")


def by_seed(count: int, total: int, seed: int) -> Choice:
    """`count` of `total` items drawn by a seed, in their order.

    Raises:
        ValueError: if more are asked for than there are.
    """
    if not 1 <= count <= total:
        raise ValueError(f"{count} of {total} images are asked for, must be in 1..{total}.")
    drawn = np.random.default_rng(seed).choice(total, count, replace=False)
    return Choice(tuple(sorted(int(each) for each in drawn)), f"{count} of {total}, drawn with seed {seed}")
