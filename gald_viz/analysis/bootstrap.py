"""Is the second of two networks better, or were the images lucky? Intervals of a difference, by resampling images.

The percentile bootstrap: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13; paired, since both
networks have seen the same images. An IoU of a data set is no mean over images, so each resample sums the counts of its
images first and takes the IoU of the sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.evaluation.iou import mean_iou

Score = Callable[[NDArray], NDArray[np.float64]]

# So many numbers are held at once while resamples are summed: 64 MB of each network.
_HELD = 1 << 23


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Score of the second network minus score of the first; arrays of the score's own shape, () for one number.

    Attributes:
        difference: on all images, each counted once: the point estimate.
        mean: over the resamples.
        low: lower end of the interval.
        high: upper end of the interval.
        defined: share of the resamples in which both scores are defined; the others are left out.
        level: share of the resamples within the interval, 0..1.
    """

    difference: NDArray[np.float64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    defined: NDArray[np.float64]
    level: float

    @property
    def clear(self) -> NDArray[np.bool_]:
        """Whether 0 lies outside of the interval, in the shape of low and high: () or (M,)."""
        return (self.low > 0) | (self.high < 0)


def paired_bootstrap(
    a: NDArray, b: NDArray, score: Score = mean_iou, resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> PairedDifference:
    """Percentile interval of score(b) - score(a) over resampled images.

    A resample draws N images with replacement, the same for both networks, and sums their counts.

    Args:
        a: counts of the first network, one entry an image, such as confusion matrices (N, K, K).
        b: counts of the second network on the same images in the same order, (N, ...) as well.
        score: summed counts (R, ...) -> (R,) or (R, M), such as mean_iou or class_iou of models.evaluation.iou; may be
            nan where it is undefined.
        resamples: R, at least 2; 1000 settle two digits of a 95 % interval.
        seed: the same seed draws the same images.
        level: share of the resamples within the interval.

    Raises:
        ValueError: if the shapes differ, there is no image, or resamples or level make no sense.
    """
    if a.shape != b.shape or a.ndim < 2:
        raise ValueError(f"counts are {a.shape} and {b.shape}; give both as (N, ...) of the same N images.")
    if not len(a):
        raise ValueError("0 images are given, at least 1 is needed.")
    if resamples < 2 or not 0 < level < 1:
        raise ValueError(f"resamples is {resamples} and level {level}; give at least 2 resamples, and a level in 0..1.")
    images = len(a)
    # Sums of integers up to 2^53 are exact in float64, and its matrix product is the fast one.
    flat_a, flat_b = (counts.reshape(images, -1).astype(np.float64) for counts in (a, b))
    random = np.random.default_rng(seed)
    rows = max(1, _HELD // max(flat_a.shape[1], images))
    drawn = []
    for start in range(0, resamples, rows):
        count = min(rows, resamples - start)
        times = random.multinomial(images, np.full(images, 1 / images), size=count).astype(np.float64)
        first, second = ((times @ flat).reshape(count, *a.shape[1:]) for flat in (flat_a, flat_b))
        drawn.append(score(second) - score(first))
    seen = score(b.sum(axis=0)[None])[0] - score(a.sum(axis=0)[None])[0]
    return _interval(np.concatenate(drawn), np.asarray(seen), level)


def _interval(drawn: NDArray[np.float64], seen: NDArray[np.float64], level: float) -> PairedDifference:
    defined = ~np.isnan(drawn)
    columns = drawn.reshape(len(drawn), -1).T
    ends = [50 * (1 - level), 50 * (1 + level)]
    found = np.full((3, len(columns)), np.nan)
    for index, column in enumerate(columns):
        known = column[~np.isnan(column)]
        if len(known):
            found[:, index] = known.mean(), *np.percentile(known, ends)
    mean, low, high = found.reshape(3, *seen.shape)
    return PairedDifference(seen, mean, low, high, defined.mean(axis=0), level)
