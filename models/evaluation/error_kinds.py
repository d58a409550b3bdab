"""Why a pixel is wrong: one of four kinds, in the manner of TIDE but for class maps.

TIDE (Bolya et al., ECCV 2020, arXiv:2008.08115) sorts the errors of detectors; these are its kinds for pixels. Let p be
a pixel with label a that the network calls b, b not a; r the radius in pixels, 0.5 % of the image's diagonal like the
widest tolerance of boundary F; a segment an 8-connected region of one class. The first that holds:

1. missed segment: of the label's segment that holds p, less than half is predicted as a.
2. boundary shift: the label has class b within r of p, so an outline that lay r pixels further would explain it.
3. hallucinated segment: of the prediction's segment that holds p, less than half is labelled b.
4. interior confusion: all others; a segment that was found loses pixels to another one that is there.

Ignored pixels belong to no segment and are never wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.evaluation.boundary import disk, radii
from models.evaluation.iou import check_same_size
from models.evaluation.segments import Segments, segments, squared_boundary_distance

RIGHT, MISSED, SHIFTED, HALLUCINATED, INTERIOR = range(5)
KINDS = ("right", "missed segment", "boundary shift", "hallucinated segment", "interior confusion")
IGNORED = 255
_FOUND = 0.5


def error_kinds(
    prediction: NDArray[np.integer], label: NDArray[np.integer], ignore_id: int, radius: int | None = None
) -> NDArray[np.uint8]:
    """Kind of every pixel: RIGHT, MISSED, SHIFTED, HALLUCINATED, INTERIOR, or IGNORED where there is no label.

    Args:
        prediction: (H, W) class ids.
        label: (H, W) class ids or the ignore id.
        ignore_id: label value that is left out.
        radius: r; 0.5 % of the diagonal, rounded up, when None.

    Shape:
        returns (H, W)

    Raises:
        ValueError: if the sizes differ or the radius is negative.
    """
    check_same_size(prediction, label)
    kinds = np.where(label == ignore_id, np.uint8(IGNORED), np.uint8(RIGHT))
    reach = radii(label.shape)[-1] if radius is None else radius
    if reach < 0:
        raise ValueError(f"radius is {reach} px, must be >= 0.")
    found = wrong_kinds(prediction, outlines(label, ignore_id, reach))
    kinds.reshape(-1)[found.places] = found.kinds
    return kinds


@dataclass(frozen=True, slots=True)
class Outlines:
    """What is known of a label before any prediction.

    Attributes:
        label: (H, W) ids.
        known: (H, W) what is evaluated.
        segments: of the label.
        squares: (H, W) squared distance to a boundary, exact below the reach of squared_boundary_distance().
        radius: r in pixels.
    """

    label: NDArray[np.integer]
    known: NDArray[np.bool_]
    segments: Segments
    squares: NDArray[np.uint16]
    radius: int


@dataclass(frozen=True, slots=True)
class WrongPixels:
    """places: (N,) wrong pixels in the flattened map; kinds: (N,) MISSED, SHIFTED, HALLUCINATED or INTERIOR."""

    places: NDArray[np.intp]
    kinds: NDArray[np.uint8]


def outlines(label: NDArray[np.integer], ignore_id: int, radius: int | None = None, reach: int = 1) -> Outlines:
    """Segments and boundary distances of a label (H, W), the latter exact below reach and the radius, in pixels."""
    r = radii(label.shape)[-1] if radius is None else radius
    squares = squared_boundary_distance(label, max(r + 1, reach))
    return Outlines(label, label != ignore_id, segments(label), squares, r)


def wrong_kinds(prediction: NDArray[np.integer], outline: Outlines) -> WrongPixels:
    """The wrong pixels of a prediction (H, W), and the kind of each."""
    label, known = outline.label, outline.known
    right = (prediction == label) & known
    wrong = np.flatnonzero(known & ~right)
    kinds = np.full(len(wrong), INTERIOR, dtype=np.uint8)
    left = np.arange(len(wrong))
    for kind in (MISSED, SHIFTED, HALLUCINATED):
        pixels = wrong[left]
        if not len(pixels):
            break
        if kind == MISSED:
            found = _in_lost(outline.segments, right, pixels)
        elif kind == SHIFTED:
            # Another class within r means a boundary within r.
            found = outline.squares.reshape(-1)[pixels] <= outline.radius**2
            near = pixels[found]
            found[found] = _has_near(label, prediction.reshape(-1)[near], near, outline.radius)
        else:
            found = _in_lost(segments(np.where(known, prediction, -1)), right, pixels)
        kinds[left[found]] = kind
        left = left[~found]
    return WrongPixels(wrong, kinds)


def _in_lost(regions: Segments, right: NDArray[np.bool_], pixels: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether each pixel lies in a region of which less than half is right."""
    return (regions.count(right) < _FOUND * regions.pixels)[regions.at(pixels)]


def _has_near(
    label: NDArray[np.integer], wanted: NDArray[np.integer], pixels: NDArray[np.intp], reach: int
) -> NDArray[np.bool_]:
    """Whether the label has the wanted id within reach of each pixel, dx^2 + dy^2 <= reach^2."""
    framed = np.pad(label, reach, constant_values=-1)
    width = framed.shape[1]
    rows, columns = np.divmod(pixels, label.shape[1])
    places = (rows + reach) * width + columns + reach
    found = np.zeros(len(pixels), dtype=bool)
    left = np.arange(len(pixels))
    flat = framed.reshape(-1)
    for down, aside in disk(reach)[1:]:
        hit = flat[places[left] + down * width + aside] == wanted[left]
        found[left[hit]] = True
        # Most outlines move by a pixel or two, so few are looked for far away.
        left = left[~hit]
        if not len(left):
            break
    return found
