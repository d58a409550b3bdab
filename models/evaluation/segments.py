"""Connected regions of a label map, all classes in one pass, and how near each pixel lies to a boundary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

# Bins of the data-set index: area of a label's segment, and distance to the nearest label boundary, in pixels.
SIZES = ("<32²", "<96²", "larger")
BANDS = ("0-2", "3-5", "6-11", "12+")


@dataclass(frozen=True, slots=True)
class Segments:
    """8-connected regions of equal ids; every pixel is in one.

    Attributes:
        class_id: (R,) id of a region.
        pixels: (R,) its area.
        shape: (H, W) of the map.
        starts: (T,) where the runs of one id within a row start, in the flattened map.
        of_run: (T,) region of each run.
    """

    class_id: NDArray[np.integer]
    pixels: NDArray[np.int64]
    shape: tuple[int, int]
    starts: NDArray[np.intp]
    of_run: NDArray[np.int32]

    @property
    def index(self) -> NDArray[np.int32]:
        """(H, W) region of each pixel, 0..R-1."""
        return self.spread(np.arange(len(self.pixels), dtype=np.int32))

    def spread(self, values: NDArray) -> NDArray:
        """(H, W): at each pixel the value (R,) of its region."""
        lengths = np.diff(self.starts, append=self.shape[0] * self.shape[1])
        return np.repeat(values[self.of_run], lengths).reshape(self.shape)

    def at(self, pixels: NDArray[np.intp]) -> NDArray[np.int32]:
        """Region (N,) of each pixel (N,), given by its place in the flattened map."""
        return self.of_run[np.searchsorted(self.starts, pixels, side="right") - 1]

    def count(self, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        """(R,) pixels of each region that are true in the mask (H, W)."""
        in_run = np.add.reduceat(mask.reshape(-1), self.starts, dtype=np.int32)
        return np.bincount(self.of_run, weights=in_run, minlength=len(self.pixels)).astype(np.int64)


def segments(ids: NDArray[np.integer]) -> Segments:
    """Regions of a map (H, W) of ids.

    Rows are cut into runs of one id, and runs that touch in neighbouring rows are joined: thousands of nodes instead
    of as many as pixels, whatever the number of classes.
    """
    starts = np.ones(ids.shape, dtype=bool)
    np.not_equal(ids[:, 1:], ids[:, :-1], out=starts[:, 1:])
    places = np.flatnonzero(starts)
    run = np.cumsum(starts.reshape(-1), dtype=np.int32).reshape(ids.shape)
    upper, lower = (side - 1 for side in _touching(ids, starts, run))
    edges = np.ones(len(upper), dtype=np.int8)
    graph = coo_array((edges, (upper, lower)), shape=(len(places), len(places)))
    regions, of_run = connected_components(graph, directed=False)
    class_id = np.zeros(regions, dtype=ids.dtype)
    class_id[of_run] = ids.reshape(-1)[places]
    pixels = np.bincount(of_run, weights=np.diff(places, append=ids.size), minlength=regions).astype(np.int64)
    return Segments(class_id, pixels, (ids.shape[0], ids.shape[1]), places, of_run)


def squared_boundary_distance(labels: NDArray[np.integer], reach: int) -> NDArray[np.uint16]:
    """Squared distance to the nearest pixel that touches another label, 0 on those; exact below reach^2.

    Ignored pixels are a label of their own. The separable transform (Saito and Toriwaki, Pattern Recognition 1994) cut
    off at the reach.

    Args:
        labels: (H, W) ids.
        reach: pixels, 1..254; farther pixels hold at least reach^2.
    """
    far = np.uint16(reach)
    rows = np.full(labels.shape, far)
    rows[_touches_another(labels)] = 0
    step = 1
    # Steps 1, 2, 4, ... add up to every distance, so a few passes over the whole map do.
    while step < reach:
        rows[step:] = np.minimum(rows[step:], rows[:-step] + np.uint16(step))
        rows[:-step] = np.minimum(rows[:-step], rows[step:] + np.uint16(step))
        step *= 2
    vertical = np.minimum(rows, far) ** 2
    nearest = vertical.copy()
    for aside in range(1, min(reach, labels.shape[1])):
        moved = vertical + np.uint16(aside**2)
        np.minimum(nearest[:, aside:], moved[:, :-aside], out=nearest[:, aside:])
        np.minimum(nearest[:, :-aside], moved[:, aside:], out=nearest[:, :-aside])
    return nearest


def _touches_another(labels: NDArray[np.integer]) -> NDArray[np.bool_]:
    edge = np.zeros(labels.shape, dtype=bool)
    down, right = labels[1:] != labels[:-1], labels[:, 1:] != labels[:, :-1]
    edge[1:] |= down
    edge[:-1] |= down
    edge[:, 1:] |= right
    edge[:, :-1] |= right
    return edge


def _touching(
    ids: NDArray[np.integer], starts: NDArray[np.bool_], run: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Pairs of runs of one id in neighbouring rows that touch, corners included."""
    # Two runs that overlap begin to do so in the column where one of them starts.
    below = (ids[:-1] == ids[1:]) & (starts[:-1] | starts[1:])
    # They touch at a corner alone where one ends and the other one starts in the next column.
    corner = starts[:-1, 1:] & starts[1:, 1:]
    falling = corner & (ids[:-1, :-1] == ids[1:, 1:])
    rising = corner & (ids[:-1, 1:] == ids[1:, :-1])
    upper = (run[:-1][below], run[:-1, :-1][falling], run[:-1, 1:][rising])
    lower = (run[1:][below], run[1:, 1:][falling], run[1:, :-1][rising])
    return np.concatenate(upper), np.concatenate(lower)
