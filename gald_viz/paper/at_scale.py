"""What bounds each job at ten and a hundred times its size: arithmetic on the records of docs/performance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FACTORS = (1, 10, 100)
IMAGES = 1000  # of the data set that the others are multiples of
THINKING = 10.0  # seconds between two actions of a reader: assumed, not measured
_POSITIONS = 64 * 64  # of a map of 512x512 at output stride 8
_OPERATORS = ("cgnl", "apnb", "affinity", "nonlocal", "nonlocal, N x N formed")
SCALE_COLUMNS = {
    "job": "job",
    "now": "as measured",
    "tenfold": "10 times",
    "hundredfold": "100 times",
    "bound": "bounded by",
}

Row = dict[str, str]


def at_scale(records: Mapping[str, Mapping[str, Any]]) -> list[Row]:
    """A row for each job that is measured.

    Args:
        records: name of a record of gald_viz.paper.performance -> its JSON.

    Returns:
        cells of SCALE_COLUMNS: what it takes at 1, 10 and 100 times the images, pixels or readers; what bounds it.
    """
    makers = {"index": _index, "training-loop": _training, "growth": _growth, "explorer": _readers}
    return [row for name, make in makers.items() if name in records for row in make(records[name])]


def _index(record: Mapping[str, Any]) -> list[Row]:
    tasks = {row["task"]: row["seconds"] for row in record["rows"]}
    whole = tasks["index"] / record["settings"]["images"]
    forward = tasks["forward passes"] / tasks["index"]
    hours = [_time(whole * IMAGES * factor) for factor in FACTORS]
    bound = f"the network's passes, {100 * min(forward, 1.0):.0f} % of it; devices share it without loss"
    return [_row(f"`gald index`, {IMAGES:,} images", hours, bound)]


def _training(record: Mapping[str, Any]) -> list[Row]:
    job = next(row for row in record["rows"] if row["loop"] == "job")
    hours = [_time(IMAGES * factor / job["samples_per_second"]) for factor in FACTORS]
    bound = f"the step: the job's loop takes {job['ratio']:.2f} of a plain one's time"
    return [_row(f"an epoch of `{record['size']['preset']}`, {IMAGES:,} images", hours, bound)]


def _growth(record: Mapping[str, Any]) -> list[Row]:
    """Time and memory of an operator at ten and a hundred times the pixels of a 512x512 image."""
    rows = []
    for fit in record["fits"]:
        measured = [
            row
            for row in record["rows"]
            if row["operator"] == fit["operator"] and row["positions"] == _POSITIONS and not row["skipped"]
        ]
        if fit["operator"] not in _OPERATORS or not measured or fit["time"] is None:
            continue
        seconds = [measured[0]["seconds"] * factor ** fit["time"] for factor in FACTORS]
        memory = [measured[0]["peak_bytes"] * factor ** fit["memory"] for factor in FACTORS]
        cells = [f"{_time(time)}, {_size(space)}" for time, space in zip(seconds, memory, strict=True)]
        grown = max(fit["time"], fit["memory"])
        bound = f"{'memory' if fit['memory'] > 1.5 else 'time'}: N to the {grown:.1f}"
        rows.append(_row(f"{fit['operator']} ({fit['kind']}), 512x512 pixels", cells, bound))
    return rows


def _readers(record: Mapping[str, Any]) -> list[Row]:
    """Readers who do one of the measured actions at random every THINKING seconds: one network works at a time."""
    servers = [row["server"] for row in record["rows"] if row["server"] is not None and row["action"] != "umap"]
    mean = sum(servers) / len(servers)
    busy = [f"{factor * mean / THINKING:.0%} of the time busy" for factor in FACTORS]
    bound = (
        f"the network's lock: {THINKING / mean:.0f} readers keep one process busy, more wait; a process each for more"
    )
    return [_row(f"a reader who acts every {THINKING:.0f} s", busy, bound)]


def _row(job: str, cells: list[str], bound: str) -> Row:
    return dict(zip(SCALE_COLUMNS, (job, *cells, bound), strict=True))


def _time(seconds: float) -> str:
    for limit, unit, size in ((1.0, "ms", 1e-3), (120.0, "s", 1.0), (7200.0, "min", 60.0)):
        if seconds < limit:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 3600:.3g} h"


def _size(count: float) -> str:
    unit, power = next(
        (unit, power) for unit, power in (("TiB", 40), ("GiB", 30), ("MiB", 20)) if count >= 2**power or power == 20
    )
    return f"{count / 2**power:.3g} {unit}"
