"""How a training went: its measured values as curves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Row = tuple[int, str, str, float]
MOST = 300


@dataclass(frozen=True, slots=True)
class Curve:
    """One measured quantity.

    Attributes:
        step: (n,) at which it was measured, rising.
        value: (n,).
    """

    step: NDArray[np.int64]
    value: NDArray[np.float64]

    @property
    def last(self) -> float:
        """The latest value, nan when there is none."""
        return float(self.value[-1]) if len(self.value) else float("nan")


def curve(rows: Iterable[Row], split: str, name: str, most: int = MOST) -> Curve:
    """The rows of one quantity as a curve of at most so many points.

    Where there are more, neighbouring steps share a point: the mean of their values at the last of their steps.

    Args:
        rows: step, split, name, value, with rising steps.
        split: ``train`` or ``val``.
        name: of the quantity.
        most: points.

    Raises:
        ValueError: if most < 1.
    """
    if most < 1:
        raise ValueError(f"most is {most}, must be >= 1.")
    found = [(step, value) for step, of, called, value in rows if (of, called) == (split, name)]
    steps = np.array([step for step, _ in found], dtype=np.int64)
    values = np.array([value for _, value in found], dtype=np.float64)
    if len(steps) <= most:
        return Curve(steps, values)
    ends = np.linspace(0, len(steps), most + 1).astype(int)
    means = np.add.reduceat(values, ends[:-1]) / np.diff(ends)
    return Curve(steps[ends[1:] - 1], means)


def class_curves(rows: Sequence[Row], prefix: str = "iou/") -> dict[str, Curve]:
    """The rate of each class over the validations, in the order in which they were written.

    Args:
        rows: as ``curve`` takes them.
        prefix: of the names of what is wanted of every class.
    """
    names = dict.fromkeys(name for _, split, name, _ in rows if split == "val" and name.startswith(prefix))
    return {name.removeprefix(prefix): curve(rows, "val", name) for name in names}
