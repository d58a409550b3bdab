"""Between a stage's cells and the image's pixels.

A map of (h, w) cells over an image of (H, W) pixels: cell j covers the pixels whose centres lie in
[j W/w - 0.5, (j + 1) W/w - 0.5), as bilinear resizing without aligned corners assumes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def nearest_labels(labels: NDArray[np.integer], size: tuple[int, int]) -> NDArray[np.integer]:
    """Class ids at the cell centres: (H, W) -> size, never a mixture of two classes.

    Raises:
        ValueError: if a size is not positive.
    """
    _check_size(size)
    rows = _centre_index(labels.shape[0], size[0])
    columns = _centre_index(labels.shape[1], size[1])
    return labels[rows[:, None], columns[None, :]]


def bilinear(values: NDArray[np.floating], size: tuple[int, int], align_corners: bool = False) -> NDArray[np.floating]:
    """Resize the last two axes as the networks do.

    Args:
        values: (..., h, w).
        size: (H, W).
        align_corners: True puts the corner centres on each other, for parts of the reference code.

    Shape:
        (..., h, w) -> (..., H, W)

    Raises:
        ValueError: if a size is not positive.
    """
    _check_size(size)
    low, high, share = _taps(values.shape[-2], size[0], align_corners)
    share = share[:, None].astype(values.dtype)
    rows = values[..., low, :] * (1 - share) + values[..., high, :] * share
    low, high, share = _taps(values.shape[-1], size[1], align_corners)
    share = share.astype(values.dtype)
    return rows[..., low] * (1 - share) + rows[..., high] * share


def cell_at(pixel: tuple[int, int], image_size: tuple[int, int], map_size: tuple[int, int]) -> tuple[int, int]:
    """(row, column) of the cell that covers a pixel given as (x, y).

    Raises:
        ValueError: if the pixel is not in the image.
    """
    x, y = pixel
    height, width = image_size
    if not (0 <= x < width and 0 <= y < height):
        raise ValueError(f"pixel (x, y) is {(x, y)}, must be within 0..{width - 1}, 0..{height - 1}.")
    return int((y + 0.5) * map_size[0] / height), int((x + 0.5) * map_size[1] / width)


def cell_centres(cells: NDArray[np.integer], pixels: int, count: int) -> NDArray[np.float64]:
    """Pixel coordinates (N,) of the centres of cells (N,) along one axis with `count` cells on `pixels` pixels.

    Cells outside 0..count-1 are continued on the same grid.
    """
    return (np.asarray(cells) + 0.5) * pixels / count - 0.5


def _check_size(size: tuple[int, int]) -> None:
    if len(size) != 2 or min(size) < 1:
        raise ValueError(f"size is {size}, must be (height, width), both >= 1.")


def _centre_index(source: int, target: int) -> NDArray[np.intp]:
    return ((np.arange(target) + 0.5) * source / target).astype(np.intp)


def _taps(
    source: int, target: int, align_corners: bool
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Lower index, upper index and the upper one's share, for every target position."""
    index = np.arange(target)
    if align_corners:
        position = index * ((source - 1) / max(target - 1, 1))
    else:
        position = np.maximum((index + 0.5) * source / target - 0.5, 0)
    low = np.minimum(position.astype(np.intp), source - 1)
    return low, np.minimum(low + 1, source - 1), position - low
