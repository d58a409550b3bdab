"""What the results of a study say: means, spreads over seeds, and a verdict on each claim of the paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.bootstrap import paired_bootstrap
from models.evaluation.boundary import TOLERANCES
from models.evaluation.iou import mean_iou

MIOU, BOUNDARY = "miou", "boundary_f_"
HOLDS, CONTRADICTED, NOT_SEEN, UNDECIDED = "holds", "contradicted", "not seen", "undecided"
# Half-width of an interval, points, below which a difference is known well enough to say that there is none.
PRECISE = 0.5
RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class RowCounts:
    """A row's results with S seeds on the same N images.

    Attributes:
        key: of the row.
        label: what people read.
        published: metric -> the paper's number, percent.
        seeds: of the S trainings.
        ids: names of the N images.
        confusion: (S, N, K, K) pixel counts, rows are labels, columns are predictions.
        boundary_f: (S, N, K, T) in 0..1, nan where a class has no outline in either map.
    """

    key: str
    label: str
    published: Mapping[str, float]
    seeds: tuple[int, ...]
    ids: tuple[str, ...]
    confusion: NDArray[np.int64]
    boundary_f: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RowSummary:
    """A row's score.

    Attributes:
        key: of the row.
        label: what people read.
        published: the paper's number, percent, nan where it prints none.
        seeds: of the trainings.
        values: (S,) score of each training over all images, percent.
    """

    key: str
    label: str
    published: float
    seeds: tuple[int, ...]
    values: NDArray[np.float64]

    @property
    def mean(self) -> float:
        """Mean over the seeds, percent."""
        return float(self.values.mean())

    @property
    def spread(self) -> float:
        """Standard deviation over the seeds (n - 1), points; nan with one seed."""
        return float(self.values.std(ddof=1)) if len(self.values) > 1 else float("nan")


@dataclass(frozen=True, slots=True)
class ClaimSummary:
    """A difference of two rows, over the seeds that both have.

    Attributes:
        row: key of the row that is spoken of.
        against: key of the other.
        published: the paper's difference, points, nan where it prints none.
        seeds: of the trainings.
        differences: (S,) of the trainings with equal seeds, points.
        difference: mean of these.
        low: lower end of the 95 % interval over resampled images, points.
        high: upper end.
        verdict: HOLDS, CONTRADICTED, NOT_SEEN or UNDECIDED.
    """

    row: str
    against: str
    published: float
    seeds: tuple[int, ...]
    differences: NDArray[np.float64]
    difference: float
    low: float
    high: float
    verdict: str


@dataclass(frozen=True, slots=True)
class StudySummary:
    """All rows and claims under one metric.

    Attributes:
        metric: of the scores.
        images: N.
        rows: those that have results.
        claims: those whose two rows have a seed in common.
    """

    metric: str
    images: int
    rows: tuple[RowSummary, ...]
    claims: tuple[ClaimSummary, ...]


def summarise(rows: Sequence[RowCounts], claims: Sequence[tuple[str, str]], metric: str = MIOU) -> StudySummary:
    """Scores of the rows, and what becomes of the claims.

    Args:
        rows: results.
        claims: (row, row that it is compared with), by keys; left out where a row has no result.
        metric: ``miou``, or ``boundary_f_`` and a radius of models.evaluation.boundary.

    Raises:
        ValueError: if there is no such metric, no row, or two rows were measured on other images.
    """
    if not rows:
        raise ValueError("0 rows have results, at least 1 is needed; run the study first.")
    if any(row.ids != rows[0].ids for row in rows):
        raise ValueError("rows were measured on different images; measure all of them on the same split.")
    found = {row.key: row for row in rows}
    shown = tuple(
        RowSummary(row.key, row.label, _published(row, metric), row.seeds, _scores(row, metric)) for row in rows
    )
    judged = tuple(
        _judged(found[key], found[against], metric)
        for key, against in claims
        if key in found and against in found and set(found[key].seeds) & set(found[against].seeds)
    )
    return StudySummary(metric, len(rows[0].ids), shown, judged)


def verdict(difference: float, low: float, high: float, seeds: Sequence[float], expected: float) -> str:
    """What becomes of a claim.

    Decided is what is known to PRECISE points, or better than its own size; and only with two seeds or more, all of
    which agree in the sign of a difference.

    Args:
        difference: mean over the seeds, points.
        low: lower end of the 95 % interval.
        high: upper end.
        seeds: the differences of the single trainings.
        expected: the paper's difference, whose sign is the claim; nan counts as positive.
    """
    half = (high - low) / 2
    if len(seeds) < 2 or not (half <= PRECISE or half < abs(difference)):
        return UNDECIDED
    if low <= 0 <= high:
        return NOT_SEEN
    if any(np.sign(one) != np.sign(difference) for one in seeds):
        return UNDECIDED
    claimed = -1.0 if expected < 0 else 1.0
    return HOLDS if np.sign(difference) == claimed else CONTRADICTED


def _judged(row: RowCounts, against: RowCounts, metric: str) -> ClaimSummary:
    seeds = tuple(seed for seed in row.seeds if seed in against.seeds)
    first, second = (_summands(one, seeds, metric) for one in (against, row))
    score = _score(metric, len(row.ids))
    found = paired_bootstrap(first, second, score=score, resamples=RESAMPLES)
    per_seed = _per_seed(second, metric) - _per_seed(first, metric)
    expected = _published(row, metric) - _published(against, metric)
    low, high = float(100 * found.low), float(100 * found.high)
    mean = float(per_seed.mean())
    judged = verdict(mean, low, high, per_seed.tolist(), expected)
    return ClaimSummary(row.key, against.key, expected, seeds, per_seed, mean, low, high, judged)


def _summands(row: RowCounts, seeds: tuple[int, ...], metric: str) -> NDArray:
    """What is summed over images: (N, S, ...)."""
    chosen = [row.seeds.index(seed) for seed in seeds]
    if metric == MIOU:
        return np.moveaxis(row.confusion[chosen], 1, 0)
    # An image that lacks the class counts as 1, as in the paper's table.
    outlines = np.nan_to_num(row.boundary_f[chosen][..., _column(metric)], nan=1.0)
    return np.moveaxis(outlines, 1, 0)


def _score(metric: str, images: int) -> Callable[[NDArray], NDArray[np.float64]]:
    """Sums (R, S, ...) over as many images as there are -> (R,), mean over the seeds."""
    if metric == MIOU:
        return lambda sums: mean_iou(sums).mean(axis=-1)
    return lambda sums: sums.mean(axis=-1).mean(axis=-1) / images


def _per_seed(summands: NDArray, metric: str) -> NDArray[np.float64]:
    sums = summands.sum(axis=0)
    return 100 * (mean_iou(sums) if metric == MIOU else sums.mean(axis=-1) / len(summands))


def _scores(row: RowCounts, metric: str) -> NDArray[np.float64]:
    return _per_seed(_summands(row, row.seeds, metric), metric)


def _column(metric: str) -> int:
    names = [f"{BOUNDARY}{radius}" for radius in TOLERANCES]
    if metric not in names:
        raise ValueError(f"metric is {metric!r}, must be {MIOU!r} or one of {names}.")
    return names.index(metric)


def _published(row: RowCounts, metric: str) -> float:
    return float(row.published.get(metric, float("nan")))
