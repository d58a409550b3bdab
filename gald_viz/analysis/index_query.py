"""What every question to a data-set index shares: the pixels that count, the query, and confusion matrices by image."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from gald_viz.index.files import IndexFolder
from models.evaluation.error_kinds import KINDS
from models.evaluation.segments import BANDS, SIZES


@dataclass(frozen=True)
class Selection:
    """Two stages, and which of the labelled pixels count; an empty tuple is no filter.

    Attributes:
        before, after: stages of the index.
        classes: names of the label's classes.
        sizes: out of SIZES, area of the label's segment.
        bands: out of BANDS, distance to the nearest label boundary in pixels.
    """

    before: str
    after: str
    classes: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    bands: tuple[str, ...] = ()


def confusions(index: IndexFolder, stage: str) -> tuple[list[str], NDArray[np.int64]]:
    """Ids of all N labelled images in the data's order, and their confusion matrices (N, K, K).

    Raises:
        ValueError: if the index has no such stage.
    """
    selection = Selection(stage, next(name for name in index.meta.stages if name != stage))
    ids = query(index, selection, "SELECT image FROM read_parquet($images) WHERE labelled > 0 ORDER BY number")[
        "image"
    ].tolist()
    found = query(
        index,
        selection,
        """SELECT image, label, predicted, sum(pixels) AS pixels FROM read_parquet($confusion)
        WHERE stage = $before GROUP BY ALL""",
    )
    names = index.meta.class_names
    counts = np.zeros((len(ids), len(names), len(names)), dtype=np.int64)
    place = (positions(found["image"], ids), positions(found["label"], names), positions(found["predicted"], names))
    counts[place] = whole(found["pixels"])
    return ids, counts


def error_counts(index: IndexFolder, stage: str, image: str | None = None) -> NDArray[np.int64]:
    """Pixels by kind of error, label and prediction (5, K, K), of all images or of one.

    Raises:
        ValueError: if the index has no such stage.
    """
    found = query(
        index,
        Selection(stage, next(name for name in index.meta.stages if name != stage)),
        """SELECT kind, label, predicted, sum(pixels) AS pixels FROM read_parquet($confusion)
        WHERE stage = $before AND ($image IS NULL OR image = $image) GROUP BY ALL""",
        image,
    )
    names = index.meta.class_names
    counts = np.zeros((len(KINDS), len(names), len(names)), dtype=np.int64)
    place = (positions(found["kind"], KINDS), positions(found["label"], names), positions(found["predicted"], names))
    counts[place] = whole(found["pixels"])
    return counts


def query(index: IndexFolder, selection: Selection, text: str, image: str | None = None) -> dict[str, Any]:
    """Columns of the answer to a SELECT in DuckDB's SQL.

    Args:
        index: whose tables $images, $bins, $confusion, $moves and $suspects name, for read_parquet().
        selection: $before, $after, and the lists $classes, $sizes and $bands.
        text: the query; only the parameters that it names are given.
        image: $image.

    Raises:
        ValueError: if a stage, class or bin does not exist, or a table is damaged.
    """
    _check(index, selection)
    values: dict[str, Any] = {name: str(index.table(name)) for name in ("images", "bins", "confusion", "moves")}
    values |= {"suspects": str(index.table("suspects")), "before": selection.before, "after": selection.after}
    values |= {"classes": list(selection.classes), "sizes": list(selection.sizes), "bands": list(selection.bands)}
    values["image"] = image
    named = {name: values[name] for name in set(re.findall(r"\$(\w+)", text))}
    with duckdb.connect() as connection:
        try:
            return connection.execute(text, named).fetchnumpy()
        except duckdb.Error as error:
            raise ValueError(f"the index in {index.path} cannot be read ({error}); make it again.") from error


def _check(index: IndexFolder, selection: Selection) -> None:
    meta = index.meta
    if selection.before == selection.after:
        raise ValueError(f"both stages are {selection.before!r}; choose two out of {list(meta.stages)}.")
    known = {"stage": meta.stages, "class": meta.class_names, "size": SIZES, "band": BANDS}
    asked = {"stage": (selection.before, selection.after), "class": selection.classes}
    for kind, names in {**asked, "size": selection.sizes, "band": selection.bands}.items():
        strange = [name for name in names if name not in known[kind]]
        if strange:
            raise ValueError(f"{kind} is {strange[0]!r}, must be one of {list(known[kind])}.")


def positions(values: NDArray, names: Any) -> NDArray[np.int64]:
    """Place of each value (N,) among the names, (N,)."""
    known = {name: number for number, name in enumerate(names)}
    return np.array([known[value] for value in values], dtype=np.int64)


def whole(values: Any) -> NDArray[np.int64]:
    """Sums (N,), which DuckDB makes wider than any count needs, as whole numbers (N,)."""
    return np.asarray(values).astype(np.int64)


def rate(part: NDArray, total: NDArray) -> NDArray[np.float64]:
    """part / total in the shape of part, (N,) or (N, K), to which total is broadcast; nan where the total is 0."""
    total = np.broadcast_to(total, part.shape)
    return np.divide(part, total, out=np.full(part.shape, np.nan), where=total > 0)
