"""One camera over a flat street; what it sees of upright surfaces, in the surface's own metres.

Street coordinates: x to the right of the road's middle, y up from the road, z forward, in metres. Only + - * /
and floor stand behind a pixel, which IEEE 754 rounds the same way on every machine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

NEAR = 1.2

Point = tuple[float, float]


@dataclass(frozen=True)
class Camera:
    """Pinhole camera that looks along the street.

    Attributes:
        height: image rows.
        width: image columns.
        focal: focal length in pixels.
        horizon: row of the horizon.
        centre: column of the vanishing point of a straight road.
        eye: metres above the road.
        offset: metres right of the middle of the road.
        bend: the road's middle is at x = bend * z * z.
    """

    height: int
    width: int
    focal: float
    horizon: float
    centre: float
    eye: float
    offset: float
    bend: float

    def column(self, x: float, z: float) -> float:
        """Image column of a point beside the road's middle."""
        return self.centre + self.focal * ((x - self.offset) / z + self.bend * z)

    def row(self, y: float, z: float) -> float:
        """Image row of a height above the road."""
        return self.horizon + self.focal * (self.eye - y) / z


@dataclass(frozen=True)
class Patch:
    """The pixels around an upright rectangle.

    Attributes:
        rows, columns: where the pixels are in the image.
        along: (1, w) metres along the rectangle.
        up: (h, w) metres above the road.
        depth: (1, w) metres from the camera.
        inside: (h, w) True on the rectangle.
    """

    rows: slice
    columns: slice
    along: NDArray[np.float32]
    up: NDArray[np.float32]
    depth: NDArray[np.float32]
    inside: NDArray[np.bool_]


def upright(camera: Camera, start: Point, end: Point, top: float, bottom: float = 0.0) -> Patch | None:
    """Pixels of the upright rectangle over the line from start to end; None when none is in the image.

    Args:
        camera: the camera.
        start: (x, z) where ``along`` is 0.
        end: (x, z) of the other end.
        top: height of the upper edge.
        bottom: height of the lower edge.
    """
    length = _distance(start, end)
    first, second = _clipped(start, end), _clipped(end, start)
    if first is None or second is None:
        return None
    (begin, begun), (finish, unended) = first, second
    left, right = camera.column(*begin), camera.column(*finish)
    columns = _span(min(left, right), max(left, right), camera.width)
    depths = (begin[1], finish[1])
    rows = _span(min(camera.row(top, z) for z in depths), max(camera.row(bottom, z) for z in depths), camera.height)
    if columns is None or rows is None:
        return None
    share = (np.arange(columns.start, columns.stop) + 0.5 - left) / (right - left)
    # Along a line in perspective, 1/z and along/z are linear in the image column.
    closeness = 1 / begin[1] + (1 / finish[1] - 1 / begin[1]) * share
    near_end, far_end = begun * length / begin[1], (1 - unended) * length / finish[1]
    along = (near_end + (far_end - near_end) * share) / closeness
    depth = (1 / closeness).astype(np.float32)[None, :]
    sight = (np.arange(rows.start, rows.stop) + 0.5 - camera.horizon) / camera.focal
    up = camera.eye - sight.astype(np.float32)[:, None] * depth
    inside = (up >= bottom) & (up < top)
    return Patch(rows, columns, along.astype(np.float32)[None, :], up, depth, inside)


def board(camera: Camera, place: Point, width: float, top: float, bottom: float = 0.0) -> Patch | None:
    """An upright rectangle that faces the camera, ``along`` running from -width/2 to width/2; None out of sight.

    Args:
        camera: that looks.
        place: x and z of its middle, metres.
        width: metres.
        top: metres above the ground.
        bottom: likewise.
    """
    x, z = place
    patch = upright(camera, (x - width / 2, z), (x + width / 2, z), top, bottom)
    if patch is None:
        return None
    return replace(patch, along=patch.along - (width / 2))


def on_pixels(camera: Camera, place: Point, top: float, size: tuple[int, int]) -> tuple[Point, float]:
    """The nearest place and top edge at which a board so many (rows, columns) large covers whole pixels.

    In metres it is ``metres(camera, z, rows)`` high and ``metres(camera, z, columns)`` wide.
    0 rows leave the top edge where it is.
    """
    (x, z), (rows, columns) = place, size
    left = math.floor(camera.column(x, z) - columns / 2 + 0.5)
    moved = left + columns / 2 - camera.column(x, z)
    edge = math.floor(camera.row(top, z) + 0.5) if rows else camera.row(top, z)
    return (x + metres(camera, z, moved), z), camera.eye - metres(camera, z, edge - camera.horizon)


def metres(camera: Camera, z: float, pixels: float) -> float:
    """What so many pixels are at a distance."""
    return pixels * z / camera.focal


def _distance(start: Point, end: Point) -> float:
    across, forward = end[0] - start[0], end[1] - start[1]
    return math.sqrt(across * across + forward * forward)


def _clipped(point: Point, other: Point) -> tuple[Point, float] | None:
    """The point, moved toward the other until it is in front of the camera, and the share it moved."""
    if point[1] >= NEAR:
        return point, 0.0
    if other[1] < NEAR:
        return None
    share = (NEAR - point[1]) / (other[1] - point[1])
    return (point[0] + (other[0] - point[0]) * share, NEAR), share


def _span(low: float, high: float, size: int) -> slice | None:
    """The whole pixels whose centres lie between two borders."""
    first = max(0, math.ceil(low - 0.5))
    last = min(size, math.ceil(high - 0.5))
    return slice(first, last) if first < last else None
