"""What is found of posts and signs against their size: recall, precision, and paired differences over seeds.

Two networks of one seed started from the same backbone and saw the same crops, so they are compared seed by seed. A
difference is decided when its 95 % interval over the seeds, Student's t with n - 1 degrees of freedom, leaves out 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

LEVEL = 0.95
ENDS = 3  # sizes that count as small, and as many as large
HIT, MISSED, FALSE = 1, 2, 3


@dataclass(frozen=True, slots=True)
class SizeCounts:
    """What N networks of S seeds found of one class at Z sizes; 0 labelled pixels where a run is missing.

    Attributes:
        networks: N names.
        seeds: S numbers.
        sizes: Z sizes in pixels, rising.
        labelled, answered, hits: (N, S, Z) pixels of the class, pixels that were called so, pixels that are both.
    """

    networks: tuple[str, ...]
    seeds: tuple[int, ...]
    sizes: tuple[int, ...]
    labelled: NDArray[np.int64]
    answered: NDArray[np.int64]
    hits: NDArray[np.int64]

    @property
    def recall(self) -> NDArray[np.float64]:
        """(N, S, Z) share of the labelled pixels that were found, nan without any."""
        return _rate(self.hits, self.labelled)

    @property
    def precision(self) -> NDArray[np.float64]:
        """(N, S, Z) share of the pixels called so that are it, nan without any."""
        return _rate(self.hits, self.answered)


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over seeds with its 95 % interval; nan limits below two seeds.

    Attributes:
        mean, low, high: of one shape.
        deviation: standard deviation over the seeds, nan below two.
        seeds: how many went in, the least of all places.
    """

    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    deviation: NDArray[np.float64]
    seeds: int

    @property
    def verdict(self) -> NDArray[np.str_]:
        """``more``, ``less``, or ``undecided`` where the interval holds 0; in the shape of low and high, (...,)."""
        return np.where(self.low > 0, "more", np.where(self.high < 0, "less", "undecided"))


@dataclass(frozen=True, slots=True)
class Difference:
    """One network's rate minus another's, seed by seed.

    Attributes:
        by_size: (Z,) at each size.
        small: at the ENDS smallest sizes on average.
        large: at the ENDS largest.
        gap: small minus large: below 0 when small things suffer most.
    """

    by_size: Interval
    small: Interval
    large: Interval
    gap: Interval


def size_counts(rows: Iterable[Mapping[str, Any]], knob: str) -> SizeCounts:
    """Counts of one knob out of the rows of a study.

    Args:
        rows: mappings with network, seed, knob, size, labelled, answered and hits; networks keep their order.
        knob: ``pole`` or ``sign``.

    Raises:
        ValueError: if there is no row of this knob.
    """
    chosen = [row for row in rows if row["knob"] == knob]
    if not chosen:
        raise ValueError(f"there is no row of {knob!r}; run gald size to measure.")
    networks = tuple(dict.fromkeys(row["network"] for row in chosen))
    seeds, sizes = (tuple(sorted({row[key] for row in chosen})) for key in ("seed", "size"))
    counts = np.zeros((3, len(networks), len(seeds), len(sizes)), dtype=np.int64)
    for row in chosen:
        place = networks.index(row["network"]), seeds.index(row["seed"]), sizes.index(row["size"])
        counts[:, *place] = row["labelled"], row["answered"], row["hits"]
    return SizeCounts(networks, seeds, sizes, *counts)


def interval(values: NDArray[np.floating]) -> Interval:
    """Mean and 95 % interval (Student's t) over the first axis; nan values are left out.

    Shape:
        (S, ...) -> (...)
    """
    known = np.isfinite(values)
    count = known.sum(axis=0)
    some = np.maximum(count, 1)
    mean = np.where(count > 0, np.where(known, values, 0.0).sum(axis=0) / some, np.nan)
    squares = np.where(known, (values - mean) ** 2, 0.0).sum(axis=0)
    freedom = np.maximum(count - 1, 1)
    deviation = np.where(count > 1, np.sqrt(squares / freedom), np.nan)
    half = student.ppf((1 + LEVEL) / 2, freedom) * deviation / np.sqrt(some)
    return Interval(mean, mean - half, mean + half, deviation, int(count.min()))


def difference(rates: NDArray[np.floating], networks: Sequence[str], one: str, other: str) -> Difference:
    """Rate of one network minus that of another over the seeds that both have.

    Args:
        rates: (N, S, Z) of SizeCounts.
        networks: N names.
        one: a name.
        other: what is subtracted.

    Raises:
        ValueError: if there is no such network.
    """
    paired = rates[_place(networks, one)] - rates[_place(networks, other)]
    small, large = paired[:, :ENDS].mean(axis=1), paired[:, -ENDS:].mean(axis=1)
    return Difference(interval(paired), interval(small), interval(large), interval(small - large))


def pairs(networks: Sequence[str]) -> list[tuple[str, str]]:
    """What is compared with what: GA with FCN and with the bare head, GALD with the GA of its reach."""
    reaches = [name.removeprefix("ga-") for name in networks if name.startswith("ga-")]
    wanted = [(f"ga-{reach}", base) for base in ("fcn", "head") for reach in reaches]
    wanted += [(f"gald-{reach}", f"ga-{reach}") for reach in reaches]
    return [pair for pair in wanted if {*pair} <= {*networks}]


def recall_differences(counts: SizeCounts, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Interval]:
    """(one, other) -> difference of their recall at each size."""
    return {pair: difference(counts.recall, counts.networks, *pair).by_size for pair in wanted}


def spread(rates: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Mean over the seeds, lowest and highest seed: (S, Z) -> three times (Z,); nan where there is none."""
    known = np.isfinite(rates)
    some = known.any(axis=0)
    low = np.where(some, np.where(known, rates, np.inf).min(axis=0), np.nan)
    high = np.where(some, np.where(known, rates, -np.inf).max(axis=0), np.nan)
    return interval(rates).mean, low, high


def outcomes(answer: NDArray[np.integer], label: NDArray[np.integer], classes: Sequence[int]) -> NDArray[np.uint8]:
    """(H, W): HIT, MISSED or FALSE where the label or the answer has one of the classes, 0 elsewhere.

    A post that is called a sign is MISSED: what is not its own class is no hit.

    Raises:
        ValueError: if the shapes differ.
    """
    if answer.shape != label.shape:
        raise ValueError(f"answer is {answer.shape}, label is {label.shape}; give both of one scene.")
    there, called = np.isin(label, classes), np.isin(answer, classes)
    codes = np.zeros(label.shape, dtype=np.uint8)
    codes[called & ~there] = FALSE
    codes[there] = np.where(answer[there] == label[there], HIT, MISSED)
    return codes


def scene_rates(answer: NDArray[np.integer], label: NDArray[np.integer], class_id: int) -> tuple[float, float]:
    """Recall and precision in 0..1 of one class in one scene (H, W), nan where nothing is labelled or answered."""
    there, called = label == class_id, answer == class_id
    hits = np.array((there & called).sum())
    return float(_rate(hits, there.sum())), float(_rate(hits, called.sum()))


def _place(networks: Sequence[str], name: str) -> int:
    if name not in networks:
        raise ValueError(f"network is {name!r}, the results have {list(networks)}.")
    return list(networks).index(name)


def _rate(part: NDArray[np.integer], whole: NDArray[np.integer]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=np.asarray(whole) > 0)
