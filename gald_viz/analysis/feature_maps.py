"""What a stage's features look like, and in how many directions they really vary.

Zhu et al., ANN, ICCV 2019, Fig. 7 shows such maps of a backbone's stages; the effective rank is that of Roy and
Vetterli, EUSIPCO 2007.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Components:
    """Principal components of the cells of one map, its C channels taken as coordinates.

    Attributes:
        maps: (3, h, w) the cells along the first three, 0 at their mean; zeros beyond the channels there are.
        explained: (C,) share of the variance of each component, largest first, summing to 1; zeros of a flat map.
        effective_rank: exp of the entropy of those shares, 1..C: as many equal directions would be as spread; 0 of a
            flat map.
        idle: channels that hold one value at all cells.
    """

    maps: NDArray[np.float32]
    explained: NDArray[np.float64]
    effective_rank: float
    idle: int

    @property
    def shown(self) -> float:
        """Share of the variance that the first three components hold."""
        return float(self.explained[:_SHOWN].sum())


def mean_absolute(features: NDArray[np.floating]) -> NDArray[np.floating]:
    """(C, h, w) -> (h, w): mean over channels of the absolute values."""
    return np.abs(features).mean(axis=0)


def root_mean_square(features: NDArray[np.floating]) -> NDArray[np.floating]:
    """(C, h, w) -> (h, w): root of the mean energy of a channel."""
    return np.sqrt(np.square(features).mean(axis=0))


def components(features: NDArray[np.floating]) -> Components:
    """Principal components of a map (C, h, w)."""
    channels, height, width = features.shape
    cells = features.reshape(channels, -1).astype(np.float32)
    centred = cells - cells.mean(axis=1, keepdims=True)
    values, directions = np.linalg.eigh((centred @ centred.T).astype(np.float64))
    values, directions = np.maximum(values[::-1], 0.0), directions[:, ::-1][:, :_SHOWN]
    # The sign of a direction is arbitrary; the largest entry positive makes it repeatable.
    peak = np.abs(directions).argmax(axis=0)
    directions = directions * np.where(directions[peak, np.arange(directions.shape[1])] < 0, -1.0, 1.0)
    maps = np.zeros((_SHOWN, height, width), dtype=np.float32)
    maps[: directions.shape[1]] = (directions.T.astype(np.float32) @ centred).reshape(-1, height, width)
    total = values.sum()
    explained = values / total if total > 0 else np.zeros_like(values)
    return Components(maps, explained, _effective_rank(explained), int((np.ptp(cells, axis=1) == 0).sum()))


def as_colours(maps: NDArray[np.floating], clip: float = 0.01) -> NDArray[np.uint8]:
    """Three maps (3, h, w) as red, green and blue (h, w, 3), each over its own range.

    Args:
        maps: (3, h, w), one a component.
        clip: share of the cells at either end that take the end's colour.
    """
    low, high = np.quantile(maps, [clip, 1.0 - clip], axis=(1, 2))
    width = np.where(high > low, high - low, 1.0)
    share = np.clip((maps - low[:, None, None]) / width[:, None, None], 0.0, 1.0)
    return np.round(255 * share).astype(np.uint8).transpose(1, 2, 0)


def _effective_rank(shares: NDArray[np.float64]) -> float:
    present = shares[shares > 0]
    return float(np.exp(-(present * np.log(present)).sum())) if len(present) else 0.0
