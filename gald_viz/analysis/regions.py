"""Boundaries, bands and connected regions of label maps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_EIGHT = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of pixels.

    Attributes:
        x0: first column.
        y0: first row.
        x1: column behind the last.
        y1: row behind the last.
        pixels: of the region inside it.
    """

    x0: int
    y0: int
    x1: int
    y1: int
    pixels: int


@dataclass(frozen=True, slots=True)
class Regions:
    """Connected regions of equal class.

    Attributes:
        index: (H, W) region of a pixel, -1 where there is none.
        class_id: (R,) class of a region.
        pixels: (R,) its area.
    """

    index: NDArray[np.int64]
    class_id: NDArray[np.int64]
    pixels: NDArray[np.int64]


def boundary_distance(labels: NDArray[np.integer]) -> NDArray[np.float64]:
    """Distance (H, W) of the pixels of labels (H, W) to the nearest that touches another label; inf without any.

    Ignored pixels are a label of their own: annotators leave them where classes meet.
    """
    edge = np.zeros(labels.shape, dtype=bool)
    down = labels[1:] != labels[:-1]
    right = labels[:, 1:] != labels[:, :-1]
    edge[1:] |= down
    edge[:-1] |= down
    edge[:, 1:] |= right
    edge[:, :-1] |= right
    if not edge.any():
        return np.full(labels.shape, np.inf)
    return ndimage.distance_transform_edt(~edge)


def boundary_band(labels: NDArray[np.integer], width: int) -> NDArray[np.bool_]:
    """(H, W) True within `width` pixels on either side of a label boundary.

    Raises:
        ValueError: if width < 1.
    """
    if width < 1:
        raise ValueError(f"band width is {width} px, must be >= 1.")
    return boundary_distance(labels) < width


def class_regions(labels: NDArray[np.integer], num_classes: int) -> Regions:
    """8-connected regions of every class 0..K-1 in labels (H, W); other ids belong to no region."""
    index = np.full(labels.shape, -1, dtype=np.int64)
    owners: list[int] = []
    for class_id in np.intersect1d(np.unique(labels), np.arange(num_classes)):
        parts, count = ndimage.label(labels == class_id, structure=_EIGHT)
        index[parts > 0] = parts[parts > 0] - 1 + len(owners)
        owners.extend([int(class_id)] * count)
    pixels = np.bincount(index[index >= 0], minlength=len(owners))
    return Regions(index, np.array(owners, dtype=np.int64), pixels)


def segment_at(ids: NDArray[np.integer], pixel: tuple[int, int]) -> NDArray[np.bool_]:
    """(H, W) the 8-connected region of equal ids that holds a pixel (x, y).

    Raises:
        ValueError: if the pixel is not in the map.
    """
    x, y = pixel
    if not (0 <= x < ids.shape[1] and 0 <= y < ids.shape[0]):
        raise ValueError(f"pixel (x, y) is {pixel}, must be within 0..{ids.shape[1] - 1}, 0..{ids.shape[0] - 1}.")
    parts, _ = ndimage.label(ids == ids[y, x], structure=_EIGHT)
    return parts == parts[y, x]


def largest_boxes(mask: NDArray[np.bool_], count: int, margin: int = 2) -> tuple[Box, ...]:
    """Boxes round the `count` largest 8-connected regions of the mask, largest first.

    Args:
        mask: (H, W).
        count: how many at most.
        margin: pixels added on every side, as far as the image reaches.
    """
    parts, _ = ndimage.label(mask, structure=_EIGHT)
    pixels = np.bincount(parts.ravel())
    pixels[0] = 0
    order = np.argsort(-pixels, kind="stable")[:count]
    slices = ndimage.find_objects(parts)
    height, width = mask.shape
    boxes = []
    for part in order[pixels[order] > 0]:
        rows, columns = slices[part - 1]
        boxes.append(
            Box(
                x0=max(columns.start - margin, 0),
                y0=max(rows.start - margin, 0),
                x1=min(columns.stop + margin, width),
                y1=min(rows.stop + margin, height),
                pixels=int(pixels[part]),
            )
        )
    return tuple(boxes)


def outline(region: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(H, W) a ring just outside of a region, thick enough to be seen round a single pixel; none round nothing."""
    if not region.any():
        return np.zeros_like(region)
    distance = ndimage.distance_transform_edt(~region)
    reach = max(max(region.shape) / 100, 2)
    return (distance > reach / 2) & (distance <= reach + 1)


def inmost(mask: NDArray[np.bool_]) -> tuple[int, int] | None:
    """(x, y) of the pixel farthest inside the largest 8-connected region of the mask; None for an empty one.

    The frame counts as outside. Of equals the uppermost, leftmost is taken.
    """
    parts, count = ndimage.label(mask, structure=_EIGHT)
    if not count:
        return None
    largest = int(np.argmax(np.bincount(parts.ravel())[1:])) + 1
    depth = ndimage.distance_transform_edt(np.pad(parts == largest, 1))[1:-1, 1:-1]
    y, x = np.unravel_index(np.argmax(depth), depth.shape)
    return int(x), int(y)
