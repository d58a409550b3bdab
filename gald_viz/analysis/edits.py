"""Edits of what a stage holds, and random edits of equal size to compare them with.

A stage holds a map (C, h, w). An affinity (k*k, h, w) is for every cell a distribution over its k*k neighbours, and
stays one: its edits keep the sum over the first axis.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.floating]

DIRECTIONS, PLACES = "same places, random direction", "same change, random place"
BASELINES = (DIRECTIONS, PLACES)


@dataclass(frozen=True, slots=True)
class Amount:
    """The number that an edit takes.

    Attributes:
        label: what it is called.
        minimum: smallest value.
        maximum: largest value.
        start: value at first.
    """

    label: str
    minimum: float
    maximum: float
    start: float


@dataclass(frozen=True, slots=True)
class EditKind:
    """One way to edit.

    Attributes:
        label: what the reader sees.
        apply: (map, amount, seed) -> map of the same shape.
        amount: the number that it takes, None for none.
        seeded: whether it draws.
    """

    label: str
    apply: Callable[[Map, float, int], Map]
    amount: Amount | None = None
    seeded: bool = False


def edits_of(info: Mapping[str, Any]) -> dict[str, EditKind]:
    """Name -> edit for a stage of these attributes: its kind, and the branches where it has some.

    The first changes nothing.
    """
    kinds = dict(_AFFINITY if info["kind"] == "affinity" else _MAP)
    start = 0
    for name, channels in info.get("branches", ()):
        kinds[f"drop {name}"] = EditKind(f"drop {name}", _dropping(start, channels))
        start += channels
    return kinds


def edited(
    value: Map, kind: EditKind, amount: float = 1.0, seed: int = 0, where: NDArray[np.bool_] | None = None
) -> Map:
    """The map (C, h, w) with the edit at the cells `where` (h, w), at all of them by default.

    Raises:
        ValueError: if the amount is out of bounds, or `where` has another size.
    """
    limits = kind.amount
    if limits is not None and not limits.minimum <= amount <= limits.maximum:
        raise ValueError(f"{limits.label} is {amount}, must be in [{limits.minimum}, {limits.maximum}].")
    if where is not None and where.shape != value.shape[1:]:
        raise ValueError(f"where is {where.shape}, the map has {value.shape[1:]} cells; use painted_cells().")
    changed = kind.apply(value, amount, seed).astype(value.dtype, copy=False)
    return changed if where is None else np.where(where, changed, value)


def random_edit(value: Map, changed: Map, kind: str, baseline: str, seed: int) -> Map:
    """A random edit of exactly the size of another one.

    Args:
        value: (C, h, w) what the stage holds.
        changed: the same, edited.
        kind: of the stage.
        baseline: DIRECTIONS changes every number by its own amount with a random sign, and deals the changes of an
            affinity to random neighbours of the same cell. PLACES moves the whole change, wrapped round, to a random
            other place. Either keeps the multiset of the amounts, and so every norm.
        seed: of the draw.

    Raises:
        ValueError: if the baseline is unknown.
    """
    generator, change = np.random.default_rng(seed), changed - value
    if baseline == DIRECTIONS:
        if kind == "affinity":
            return value + generator.permuted(change, axis=0)
        return value + change * generator.choice(np.array([-1, 1], dtype=value.dtype), size=value.shape)
    if baseline == PLACES:
        height, width = value.shape[1:]
        # Never the place it came from, unless there is no other.
        by = int(generator.integers(1, max(height * width, 2)))
        return value + np.roll(change, divmod(by, width), axis=(1, 2))
    raise ValueError(f"baseline is {baseline!r}, must be one of {BASELINES}.")


def relative_size(value: Map, changed: Map) -> float:
    """Euclidean norm of the change over that of the map, nan for a map of zeros."""
    whole = float(np.linalg.norm(value))
    return float(np.linalg.norm(changed - value)) / whole if whole else float("nan")


def changed_cells(value: Map, changed: Map) -> NDArray[np.bool_]:
    """(h, w) cells in which any number differs."""
    return (changed != value).any(axis=0)


def painted_cells(region: NDArray[np.bool_], size: tuple[int, int]) -> NDArray[np.bool_]:
    """(H, W) painted pixels -> (h, w) cells of which at least half is painted; those touched where none is."""
    height, width = region.shape
    rows = np.minimum((np.arange(height) + 0.5) * size[0] / height, size[0] - 1).astype(int)
    columns = np.minimum((np.arange(width) + 0.5) * size[1] / width, size[1] - 1).astype(int)
    cells = (rows[:, None] * size[1] + columns).ravel()
    pixels = np.bincount(cells, minlength=size[0] * size[1])
    painted = np.bincount(cells, weights=region.ravel(), minlength=size[0] * size[1])
    half = (painted > 0) & (2 * painted >= pixels)
    return (half if half.any() else painted > 0).reshape(size)


def _nothing(value: Map, _amount: float, _seed: int) -> Map:
    return value


def _scale(value: Map, amount: float, _seed: int) -> Map:
    return value * value.dtype.type(amount)


def _constant(value: Map, amount: float, _seed: int) -> Map:
    return np.full_like(value, amount)


def _mean(value: Map, _amount: float, _seed: int) -> Map:
    return np.broadcast_to(value.mean(axis=(1, 2), keepdims=True), value.shape)


def _shuffle_channels(value: Map, _amount: float, seed: int) -> Map:
    return value[np.random.default_rng(seed).permutation(len(value))]


def _shuffle_positions(value: Map, _amount: float, seed: int) -> Map:
    flat = value.reshape(len(value), -1)
    return flat[:, np.random.default_rng(seed).permutation(flat.shape[1])].reshape(value.shape)


def _uniform(value: Map, _amount: float, _seed: int) -> Map:
    return np.full_like(value, 1 / len(value))


def _identity(value: Map, _amount: float, _seed: int) -> Map:
    itself = np.zeros_like(value)
    itself[len(value) // 2] = 1
    return itself


def _sharpen(value: Map, amount: float, _seed: int) -> Map:
    if amount == 1:
        return value
    # Relative to the largest weight, so that no power underflows.
    powers = (value / value.max(axis=0)).astype(np.float64) ** (1 / amount)
    return powers / powers.sum(axis=0)


def _shifting(down: int, right: int) -> Callable[[Map, float, int], Map]:
    def shift(value: Map, _amount: float, _seed: int) -> Map:
        side = math.isqrt(len(value))
        window = value.reshape(side, side, *value.shape[1:])
        return np.roll(window, (down, right), axis=(0, 1)).reshape(value.shape)

    return shift


def _dropping(start: int, channels: int) -> Callable[[Map, float, int], Map]:
    def drop(value: Map, _amount: float, _seed: int) -> Map:
        left = value.copy()
        left[start : start + channels] = 0
        return left

    return drop


_NOTHING = EditKind("change nothing", _nothing)
_MAP = {
    "nothing": _NOTHING,
    "scale": EditKind("scale", _scale, Amount("factor", 0.0, 2.0, 0.5)),
    "constant": EditKind("set to a constant", _constant, Amount("value", -1.0, 2.0, 0.0)),
    "mean": EditKind("replace by its mean", _mean),
    "channels": EditKind("shuffle the channels", _shuffle_channels, seeded=True),
    "positions": EditKind("shuffle the positions", _shuffle_positions, seeded=True),
}
_AFFINITY = {
    "nothing": _NOTHING,
    "uniform": EditKind("all neighbours alike", _uniform),
    "identity": EditKind("the position alone", _identity),
    "sharpen": EditKind("sharpen or flatten", _sharpen, Amount("temperature", 0.1, 4.0, 0.5)),
    # A weight that leaves the window comes in on the other side, so that the sum stays 1.
    "right": EditKind("shift by one neighbour, right", _shifting(0, 1)),
    "down": EditKind("shift by one neighbour, down", _shifting(1, 0)),
}
