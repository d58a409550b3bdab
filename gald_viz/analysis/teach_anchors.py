"""What pyramid pooling leaves of a map: where its anchors lie, and whom a position listens to.

Zhu et al., ICCV 2019, arXiv:1908.07678 (ANN), eq. 8 to 10 and Fig. 4.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def anchor_count(widths: Sequence[int]) -> int:
    """S, the anchors of all grids together: the sum of n * n."""
    return sum(width**2 for width in widths)


def grids(values: NDArray[np.floating], widths: Sequence[int]) -> list[NDArray[np.floating]]:
    """(..., S) values of the anchors -> one (..., n, n) a grid, in the order of the widths.

    Raises:
        ValueError: if the values are not those of these grids.
    """
    if values.shape[-1] != anchor_count(widths):
        raise ValueError(f"{values.shape[-1]} values, grids {tuple(widths)} have {anchor_count(widths)} anchors.")
    ends = np.cumsum([width**2 for width in widths])
    parts = np.split(values, ends[:-1], axis=-1)
    return [part.reshape(*part.shape[:-1], width, width) for part, width in zip(parts, widths, strict=True)]


def attention_to_anchors(
    query: NDArray[np.floating], anchors: NDArray[np.floating], cell: tuple[int, int], scale: float
) -> NDArray[np.float64]:
    """(S,) softmax of the scores of one position: query (C, h, w), anchors (C, S), cell (row, column)."""
    scores = scale * (anchors.astype(np.float64).T @ query[:, cell[0], cell[1]].astype(np.float64))
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


def one_hot(labels: NDArray[np.integer], num_classes: int) -> NDArray[np.float32]:
    """(h, w) class ids -> (K, h, w), all zero where the id is no class."""
    return (labels == np.arange(num_classes)[:, None, None]).astype(np.float32)
