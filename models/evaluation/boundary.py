"""Boundary F-score: do the outlines of a class agree within a few pixels?

Table V of the GALD paper (Li et al., TIP); the measure of Perazzi et al., CVPR 2016, per class and image. The
outlines of all classes are found and matched together, a bit for each class, whatever their number.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.evaluation.iou import check_same_size, mean_of_defined

# Shares of the image diagonal; the names are the radii in pixels at 1024x2048.
TOLERANCES = {"3": 0.00088, "5": 0.001875, "9": 0.00375, "12": 0.005}

# Types of a pixel's classes: a bit for each class whose outline it is on, so at most 64 classes are matched at a time.
_BITS = (np.uint8, np.uint16, np.uint32, np.uint64)
_MOST_CLASSES = 64
# Disk steps between which matched pixels are left in place: dropping them costs as much as a step.
_STEPS_BETWEEN_DROPS = 4

Outline = NDArray[np.unsignedinteger]


@dataclass(frozen=True, slots=True)
class BoundaryResult:
    """Mean F over the images, T = one column per tolerance in the order of TOLERANCES.

    Attributes:
        f: (K, T) in 0..1; an image without the class in label and prediction counts as 1.
        f_present: (K, T) over the images where label or prediction outlines the class, nan without one.
    """

    f: NDArray[np.float64]
    f_present: NDArray[np.float64]

    @property
    def mean(self) -> dict[str, float]:
        """Mean over all classes per tolerance: the number that papers print."""
        return dict(zip(TOLERANCES, self.f.mean(axis=0).tolist(), strict=True))

    @property
    def mean_present(self) -> dict[str, float]:
        """Mean over the classes present per tolerance: what rare classes do not inflate; nan when none is."""
        columns = self.f_present.T
        return {name: mean_of_defined(column) for name, column in zip(TOLERANCES, columns, strict=True)}


class BoundaryScores:
    """Boundary F of a data set, added up image by image.

    Args:
        num_classes: K.
        ignore_id: label value whose pixels belong to no mask.
    """

    def __init__(self, num_classes: int, ignore_id: int) -> None:
        self.num_classes = num_classes
        self.ignore_id = ignore_id
        self._images = 0
        self._present = np.zeros(num_classes, dtype=np.int64)
        self._total = np.zeros((num_classes, len(TOLERANCES)))

    def add(self, prediction: NDArray[np.integer], label: NDArray[np.integer]) -> None:
        """Add one image.

        Shape:
            prediction, label: (H, W)

        Raises:
            ValueError: if the sizes differ.
        """
        scores = boundary_f(prediction, label, self.num_classes, self.ignore_id)
        present = ~np.isnan(scores[:, 0])
        self._present += present
        self._total[present] += scores[present]
        self._images += 1

    def include(self, other: BoundaryScores) -> None:
        """Add the images that another of the same classes has been given."""
        self._images += other._images
        self._present += other._present
        self._total += other._total

    def result(self) -> BoundaryResult:
        """Means over the images added so far.

        Raises:
            ValueError: before the first image.
        """
        if not self._images:
            raise ValueError("0 images have been added, at least 1 is needed; call add() first.")
        present = self._present[:, None]
        # F is 1 where the class is in neither map, so those images add their number.
        mean = (self._total + (self._images - present)) / self._images
        empty = np.full_like(self._total, np.nan)
        return BoundaryResult(mean, np.divide(self._total, present, out=empty, where=present > 0))


def boundary_f(
    prediction: NDArray[np.integer], label: NDArray[np.integer], num_classes: int, ignore_id: int
) -> NDArray[np.float64]:
    """F of every class in one image, nan where neither map outlines the class.

    Args:
        prediction: class ids; an id that is no class outlines nothing.
        label: class ids, or the ignore id for pixels that belong to no mask.
        num_classes: K.
        ignore_id: label value that is not evaluated.

    Shape:
        prediction, label: (H, W) -> (K, T), a column per tolerance in the order of TOLERANCES

    Raises:
        ValueError: if the sizes differ.
    """
    check_same_size(prediction, label)
    known = label != ignore_id
    reach = radii(label.shape)
    scores = np.full((num_classes, len(reach)), np.nan)
    for first in range(0, num_classes, _MOST_CLASSES):
        classes = range(first, min(first + _MOST_CLASSES, num_classes))
        found, truth = (class_outlines(ids, known, classes) for ids in (prediction, label))
        scores[first : classes.stop] = f_scores(found, truth, reach)[: len(classes)]
    return scores


def radii(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Tolerances in whole pixels for an image (H, W): share of the diagonal, rounded up."""
    diagonal = np.linalg.norm(shape)
    return tuple(int(np.ceil(share * diagonal)) for share in TOLERANCES.values())


def class_outlines(ids: NDArray[np.integer], known: NDArray[np.bool_], classes: range) -> Outline:
    """The classes on whose outline each pixel is: bit i for the class classes[i].

    A pixel is on the outline of a class when it differs from its right, lower or lower-right neighbour in whether it is
    of the class. The last row looks to the right only, the last column down only, the last corner nowhere.

    Args:
        ids: class ids.
        known: pixels that may belong to a class.
        classes: successive ids, at most 64.

    Shape:
        ids, known: (H, W) -> (H, W), of the smallest type with a bit for every class
    """
    bits = np.array([0, *(1 << i for i in range(len(classes))), 0], dtype=_type_for(len(classes)))
    # Ids below and above the classes become the two zeros at the ends.
    own = bits.take(ids.astype(np.intp) + (1 - classes.start), mode="clip")
    own[~known] = 0
    # Of two pixels of different classes the exclusive or has the bits of both, of two of the same none.
    edge = np.zeros_like(own)
    edge[:, :-1] = own[:, :-1] ^ own[:, 1:]
    edge[:-1] |= own[:-1] ^ own[1:]
    edge[:-1, :-1] |= own[:-1, :-1] ^ own[1:, 1:]
    return edge


def f_scores(found: Outline, truth: Outline, reach: tuple[int, ...]) -> NDArray[np.float64]:
    """F of two outlines at each radius: harmonic mean of the matched shares of both.

    A pixel of a class matches when the other map has one of the class within a disk, dx^2 + dy^2 <= radius^2.
    nan for a class that is in neither map; 0 for one that is in one alone, or without a match.

    Args:
        found: (H, W) outlines of the prediction, as class_outlines() gives them.
        truth: (H, W) outlines of the label, of the same type.
        reach: radii in pixels, ascending.

    Shape:
        found, truth: (H, W) -> (bits of the type, T) for T radii, in 0..1
    """
    framed = [np.pad(outline, reach[-1]) for outline in (found, truth)]
    with ThreadPoolExecutor(2) as pool:
        precision, recall = pool.map(_matched_shares, framed, reversed(framed), (reach, reach))
    total = precision + recall
    scores = np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)
    scores[np.isnan(precision) & np.isnan(recall)] = np.nan
    return scores


@lru_cache(maxsize=8)
def disk(radius: int) -> tuple[tuple[int, int], ...]:
    """Steps (down, aside) to all pixels within the radius, the nearest first: (0, 0) itself at the start."""
    span = range(-radius, radius + 1)
    steps = [(y, x) for y in span for x in span if y * y + x * x <= radius * radius]
    return tuple(sorted(steps, key=lambda step: step[0] ** 2 + step[1] ** 2))


def _matched_shares(own: Outline, other: Outline, reach: tuple[int, ...]) -> NDArray[np.float64]:
    """Share of each class's pixels in one framed map that match the other within each radius, nan without a pixel."""
    width, flat = own.shape[1], other.reshape(-1)
    places = np.flatnonzero(own)
    pixels = _count(own.reshape(-1)[places])
    # A class that the other map lacks is not looked for.
    left = own.reshape(-1)[places] & np.bitwise_or.reduce(flat)
    sought, shares, steps, done = _count(left), [], disk(reach[-1]), 0
    for radius in reach:
        while done < len(steps) and steps[done][0] ** 2 + steps[done][1] ** 2 <= radius**2:
            down, aside = steps[done]
            left &= ~flat[places + (down * width + aside)]
            if done % _STEPS_BETWEEN_DROPS == 0:
                # Most outlines lie within a pixel or two of the other map's, so few are looked for far away.
                kept = np.flatnonzero(left)
                places, left = places[kept], left[kept]
            done += 1
        matched = sought - _count(left)
        shares.append(np.divide(matched, pixels, out=np.full(len(pixels), np.nan), where=pixels > 0))
    return np.stack(shares, axis=1)


def _count(bits: Outline) -> NDArray[np.int64]:
    """How many elements (N,) have each bit, the lowest first."""
    lowest_first = bits.astype(bits.dtype.newbyteorder("<")).view(np.uint8).reshape(-1, bits.itemsize)
    return np.unpackbits(lowest_first, axis=1, bitorder="little").sum(axis=0, dtype=np.int64)


def _type_for(classes: int) -> type[np.unsignedinteger]:
    return next(kind for kind in _BITS if np.iinfo(kind).bits >= classes)
