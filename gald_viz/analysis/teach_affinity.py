"""How much of its context a position takes from its own kind.

GALD TIP, eq. 8 and Fig. 9.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def own_class_share(affinity: NDArray[np.floating], labels: NDArray[np.integer], dilation: int) -> NDArray[np.float64]:
    """(h, w) weight on neighbours of the own class; what falls outside the map is nobody's.

    Args:
        affinity: (k*k, h, w), sums to 1 over its first axis.
        labels: (h, w) class ids at the cells.
        dilation: cells between neighbours, r.
    """
    kernel = math.isqrt(len(affinity))
    reach = dilation * (kernel // 2)
    padded = np.pad(labels, reach, constant_values=-1)
    height, width = labels.shape
    own = np.zeros(labels.shape)
    for number, weights in enumerate(affinity):
        top, left = (dilation * place for place in divmod(number, kernel))
        own += weights * (padded[top : top + height, left : left + width] == labels)
    return own


def equal_shares(kernel: int, size: tuple[int, int]) -> NDArray[np.float64]:
    """(k*k, h, w) the affinity that prefers nobody."""
    return np.full((kernel**2, *size), 1.0 / kernel**2)


def colour_operands(colours: NDArray[np.floating], sharpness: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Query and key whose scores are -sharpness |c_i - c_j|^2, but for a term of i that the softmax does not see.

    Args:
        colours: (3, h, w) in 0..1.
        sharpness: 0 makes all neighbours equal.

    Shape:
        (4, h, w) each
    """
    one = np.ones((1, *colours.shape[1:]))
    query = np.concatenate([colours, one]).astype(np.float64)
    key = sharpness * np.concatenate([2 * colours, -np.square(colours).sum(axis=0, keepdims=True)])
    return query, key


def cell_means(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.float64]:
    """Mean colour of every cell: (H, W, 3) uint8 -> (3, h, w) in 0..1.

    Raises:
        ValueError: if the image is no multiple of the map.
    """
    (height, width), (rows, columns) = image.shape[:2], size
    if height % rows or width % columns:
        raise ValueError(f"the image is {height}x{width}, must be a multiple of the map's {rows}x{columns}.")
    cells = image.reshape(rows, height // rows, columns, width // columns, 3)
    return cells.mean(axis=(1, 3)).transpose(2, 0, 1) / 255.0
