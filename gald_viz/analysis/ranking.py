"""Questions to a data-set index: where a stage helps or hurts, by image, class, segment size and boundary distance.

Every answer is one query over the Parquet files, and sums of what is counted are exact: over all images, fixed minus
broken pixels equal the difference of the two stages' confusion matrices on the diagonal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.index_query import Selection, positions, query, rate, whole
from gald_viz.index.files import IndexFolder
from models.evaluation.segments import BANDS, SIZES

BINS = {"size_bin": SIZES, "boundary_bin": BANDS}
# What images are sorted by -> how; the image's id settles a tie.
ORDERS = {
    "most gained": "fixed - broken DESC",
    "most lost": "fixed - broken",
    "most fixed": "fixed DESC",
    "most broken": "broken DESC",
    "most wrong pixels": "pixels - after_right DESC",
    "largest share wrong": "after_right / pixels",
}


@dataclass(frozen=True, slots=True)
class RankedImages:
    """N images in their order; every array is (N,).

    Attributes:
        image: ids.
        number: places in the data set.
        pixels: labelled pixels that count.
        before_right, after_right: of them, right at either stage.
        fixed: wrong before, right after.
        broken: right before, wrong after.
    """

    image: NDArray[np.object_]
    number: NDArray[np.int64]
    pixels: NDArray[np.int64]
    before_right: NDArray[np.int64]
    after_right: NDArray[np.int64]
    fixed: NDArray[np.int64]
    broken: NDArray[np.int64]

    @property
    def gain(self) -> NDArray[np.int64]:
        """Fixed minus broken pixels, (N,)."""
        return self.fixed - self.broken


@dataclass(frozen=True, slots=True)
class ClassTable:
    """Classes that are labelled or predicted, the rarest first; every array is (M,) or for both stages (2, M).

    Attributes:
        names: of the classes.
        images: in how many images it is labelled.
        pixels: labelled pixels that count.
        recall: share of them that is right, before and after, nan without any.
        iou: before and after, counted over the pixels of the chosen bins, nan where it is undefined.
        fixed, broken: pixels of the class.
    """

    names: tuple[str, ...]
    images: NDArray[np.int64]
    pixels: NDArray[np.int64]
    recall: NDArray[np.float64]
    iou: NDArray[np.float64]
    fixed: NDArray[np.int64]
    broken: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BinTable:
    """Rates of every stage in bins of one kind.

    Attributes:
        stages: S names.
        bins: B names.
        miou: (S, B) mean IoU of the classes that are labelled in the bin, counted over its pixels; nan without any.
        accuracy: (S, B) share of the bin's pixels that is right.
        pixels: (B,) labelled pixels.
    """

    stages: tuple[str, ...]
    bins: tuple[str, ...]
    miou: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    pixels: NDArray[np.int64]


def rank_images(index: IndexFolder, selection: Selection, order: str = "most gained", limit: int = 50) -> RankedImages:
    """The first images in an order out of ORDERS; those without a pixel that counts are left out.

    Raises:
        ValueError: if stage, class, bin or order do not exist, or limit < 1.
    """
    if order not in ORDERS or limit < 1:
        raise ValueError(f"order is {order!r} and limit {limit}; give one of {list(ORDERS)}, and at least 1 image.")
    found = query(
        index,
        selection,
        f"""WITH counted AS (
            SELECT image, sum(pixels) FILTER (stage = $after) AS pixels,
                   sum(correct) FILTER (stage = $before) AS before_right,
                   sum(correct) FILTER (stage = $after) AS after_right
            FROM read_parquet($bins) WHERE stage IN ($before, $after) AND {_FILTER} GROUP BY image
        ), moved AS (
            SELECT image, sum(fixed) AS fixed, sum(broken) AS broken FROM {_MOVES} GROUP BY image
        ), ranked AS (
            SELECT image, pixels, before_right, after_right,
                   coalesce(fixed, 0) AS fixed, coalesce(broken, 0) AS broken
            FROM counted LEFT JOIN moved USING (image) WHERE pixels > 0 ORDER BY {ORDERS[order]}, image LIMIT {limit}
        )
        SELECT ranked.*, number FROM ranked JOIN read_parquet($images) USING (image)
        ORDER BY {ORDERS[order]}, image""",
    )
    fields = ("number", "pixels", "before_right", "after_right", "fixed", "broken")
    return RankedImages(found["image"], *(np.asarray(found[name]).astype(np.int64) for name in fields))


def class_table(index: IndexFolder, selection: Selection) -> ClassTable:
    """One row a class.

    Raises:
        ValueError: if stage, class or bin do not exist.
    """
    found = query(
        index,
        selection,
        f"""WITH counted AS (
            SELECT class, stage, sum(pixels) AS pixels, sum(correct) AS correct, sum(predicted) AS predicted,
                   count(DISTINCT image) FILTER (pixels > 0) AS images
            FROM read_parquet($bins) WHERE stage IN ($before, $after) AND {_FILTER} GROUP BY class, stage
        ), moved AS (SELECT class, sum(fixed) AS fixed, sum(broken) AS broken FROM {_MOVES} GROUP BY class)
        SELECT class, max(images) AS images, max(pixels) AS pixels,
               {_at("before", "correct")}, {_at("after", "correct")},
               {_at("before", "predicted")}, {_at("after", "predicted")},
               max(coalesce(fixed, 0)) AS fixed, max(coalesce(broken, 0)) AS broken
        FROM counted LEFT JOIN moved USING (class) GROUP BY class ORDER BY pixels, class""",
    )
    pixels = whole(found["pixels"])
    correct = np.stack([whole(found["before_correct"]), whole(found["after_correct"])])
    predicted = np.stack([whole(found["before_predicted"]), whole(found["after_predicted"])])
    moves = whole(found["fixed"]), whole(found["broken"])
    recall, iou = rate(correct, pixels), rate(correct, pixels + predicted - correct)
    return ClassTable(tuple(found["class"]), whole(found["images"]), pixels, recall, iou, *moves)


def bin_table(index: IndexFolder, column: str, classes: tuple[str, ...] = ()) -> BinTable:
    """Rates of all stages by ``size_bin`` or ``boundary_bin``.

    Raises:
        ValueError: if the column or a class does not exist.
    """
    if column not in BINS:
        raise ValueError(f"column is {column!r}, must be one of {list(BINS)}.")
    stages, bins = index.meta.stages, BINS[column]
    found = query(
        index,
        Selection(stages[0], stages[-1], classes),
        f"""SELECT stage, {column} AS bin, class, sum(pixels) AS pixels, sum(correct) AS correct,
                   sum(predicted) AS predicted
        FROM read_parquet($bins) WHERE {_FILTER} GROUP BY ALL""",
    )
    names = index.meta.class_names
    table = np.zeros((3, len(stages), len(bins), len(names)), dtype=np.int64)
    place = (positions(found["stage"], stages), positions(found["bin"], bins), positions(found["class"], names))
    for row, name in enumerate(("pixels", "correct", "predicted")):
        table[(row, *place)] = whole(found[name])
    pixels, correct, predicted = table
    iou = rate(correct, pixels + predicted - correct)
    # A class without a label in the bin can only be predicted there by mistake: its IoU of 0 says nothing of the bin.
    labelled = pixels > 0
    miou = rate(np.where(labelled, iou, 0).sum(axis=-1), labelled.sum(axis=-1))
    total = pixels.sum(axis=-1)
    return BinTable(stages, bins, miou, rate(correct.sum(axis=-1), total), total[0])


def suspects(index: IndexFolder, classes: tuple[str, ...] = (), limit: int = 50) -> tuple[Mapping[str, Any], ...]:
    """Regions where the label may be wrong, by pixels times confidence, the most suspicious first.

    Args:
        index: of one network.
        classes: only those that the label calls so; all when empty.
        limit: rows at most.

    Returns:
        ``image``, ``number``, ``label``, ``predicted``, ``pixels``, ``confidence``, ``x0``, ``y0``, ``x1``, ``y1``.
    """
    stages = index.meta.stages
    found = query(
        index,
        Selection(stages[0], stages[-1], classes),
        f"""SELECT suspects.*, number FROM read_parquet($suspects) AS suspects
        JOIN read_parquet($images) USING (image)
        WHERE len($classes) = 0 OR list_contains($classes, label::VARCHAR)
        ORDER BY pixels * suspects.confidence DESC, image LIMIT {limit}""",
    )
    return tuple(dict(zip(found, row, strict=True)) for row in zip(*(found[name] for name in found), strict=True))


_FILTER = """(len($classes) = 0 OR list_contains($classes, class::VARCHAR))
    AND (len($sizes) = 0 OR list_contains($sizes, size_bin::VARCHAR))
    AND (len($bands) = 0 OR list_contains($bands, boundary_bin::VARCHAR))"""
# A pair of stages is stored once; the other way round, what was fixed is broken.
_MOVES = f"""(
    SELECT image, class, fixed, broken FROM read_parquet($moves) WHERE before = $before AND after = $after AND {_FILTER}
    UNION ALL
    SELECT image, class, broken AS fixed, fixed AS broken FROM read_parquet($moves)
    WHERE before = $after AND after = $before AND {_FILTER}
)"""


def _at(stage: str, column: str) -> str:
    return f"coalesce(max({column}) FILTER (stage = ${stage}), 0) AS {stage}_{column}"
