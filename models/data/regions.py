"""COCO's regions to masks: polygons, run lengths, and run lengths packed into text (Lin et al., arXiv:1405.0312)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def region_mask(region: Any, height: int, width: int) -> NDArray[np.bool_]:
    """Mask of an annotation's ``segmentation``.

    Args:
        region: a list of polygons ``[x0, y0, x1, y1, ...]`` (their union), or ``{"size": [h, w], "counts": runs}``
            with runs as a list or as packed text.
        height: of the image, pixels.
        width: of the image, pixels.

    Shape:
        returns (H, W) bool

    Raises:
        ValueError: if it is neither, or belongs to an image of another size.
    """
    if isinstance(region, dict) and {"size", "counts"} <= set(region):
        if list(region["size"]) != [height, width]:
            raise ValueError(f"region has size {region['size']}, its image is [{height}, {width}]; take its own image.")
        counts = region["counts"]
        return runs_mask(unpack_runs(counts) if isinstance(counts, str | bytes) else counts, height, width)
    if not isinstance(region, list) or not all(isinstance(polygon, list) for polygon in region):
        raise ValueError("region is no list of polygons and no run lengths; give COCO's segmentation.")
    mask = np.zeros((height, width), dtype=bool)
    for polygon in region:
        mask |= polygon_mask(polygon, height, width)
    return mask


def polygon_mask(polygon: Sequence[float], height: int, width: int) -> NDArray[np.bool_]:
    """Pixels whose centres lie inside a polygon, by the even-odd rule.

    COCO's own tool rounds the corners to a fifth of a pixel first, so single pixels of the outline may differ.

    Args:
        polygon: ``x0, y0, x1, y1, ...``, at least three corners; pixel (row, column) covers column..column+1.
        height: rows.
        width: columns.

    Shape:
        returns (H, W) bool

    Raises:
        ValueError: if it has fewer than three corners, or half a corner.
    """
    if len(polygon) < 6 or len(polygon) % 2:
        raise ValueError(f"polygon has {len(polygon)} numbers, must be x, y of at least three corners.")
    corners = np.array(polygon, dtype=np.float64).reshape(-1, 2)
    # Where an edge crosses a column's centre line, everything below changes sides.
    flips = np.zeros((height + 1, width), dtype=bool)
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        (x0, y0), (x1, y1) = sorted((tuple(start), tuple(end)))
        first, last = (int(np.clip(np.ceil(x - 0.5), 0, width)) for x in (x0, x1))
        columns = np.arange(first, last)
        if len(columns):
            crossing = y0 + (columns + 0.5 - x0) * (y1 - y0) / (x1 - x0)
            flips[np.clip(np.ceil(crossing - 0.5), 0, height).astype(int), columns] ^= True
    return np.logical_xor.accumulate(flips, axis=0)[:height]


def runs_mask(counts: Sequence[int], height: int, width: int) -> NDArray[np.bool_]:
    """Mask from run lengths down the columns, the first of them outside.

    Args:
        counts: cells of each run, inside and outside by turns.
        height: H.
        width: W.

    Shape:
        returns (H, W) bool

    Raises:
        ValueError: if the runs do not fill the image.
    """
    lengths = np.array(counts, dtype=np.int64)
    if (lengths < 0).any() or lengths.sum() != height * width:
        raise ValueError(f"runs cover {lengths.sum()} pixels, must be {height * width} ({height}x{width}) and not < 0.")
    inside = np.arange(len(lengths)) % 2 == 1
    return np.ascontiguousarray(np.repeat(inside, lengths).reshape(width, height).T)


def unpack_runs(text: str | bytes) -> list[int]:
    """Run lengths from COCO's packed text.

    A character holds five bits, lowest first, and whether more follow; the last has the sign. From the third run on a
    number is the difference to the run two before.

    Raises:
        ValueError: if the text holds other characters, or ends inside a number.
    """
    codes = text.encode() if isinstance(text, str) else text
    counts: list[int] = []
    value = shift = 0
    for code in codes:
        bits = code - 48
        if not 0 <= bits < 64:
            raise ValueError(f"packed runs hold the character {chr(code)!r}, must be '0' to 'o'.")
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        counts.append(value + counts[-2] if len(counts) > 2 else value)
        value = shift = 0
    if shift:
        raise ValueError("packed runs end inside a number; the text is cut off.")
    return counts
