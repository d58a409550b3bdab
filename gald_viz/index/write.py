"""Counts of images -> Parquet: in parts while the work goes on, so that a kill costs little, then one file a table."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from gald_viz.index.files import DESCRIPTION, PARTS, TABLES, IndexMeta, meta_from, read_description
from models.checkpoint import write_atomically
from models.evaluation.error_kinds import KINDS
from models.evaluation.index import Columns, ImageCounts
from models.evaluation.iou import mean_iou
from models.evaluation.segments import BANDS, SIZES

# The table that is written last says that its part is whole.
_LAST = "images"
_BINS = {"size_bin": SIZES, "boundary_bin": BANDS}


class IndexWriter:
    """Writes an index, or goes on with one that was interrupted.

    Args:
        folder: made when missing.
        meta: what is indexed.
        rank: number of this process; each writes parts of its own, the first one all the rest.

    Raises:
        ValueError: if the folder holds the index of something else, or other files.
    """

    def __init__(self, folder: str | Path, meta: IndexMeta, rank: int = 0) -> None:
        self.folder, self.meta, self.rank = Path(folder).expanduser(), meta, rank
        before = read_description(self.folder) if rank == 0 else None
        if rank == 0 and before is None and self.folder.is_dir() and any(self.folder.iterdir()):
            raise ValueError(f"{self.folder} holds other files; choose an empty or a new folder.")
        if before is not None and meta_from(self.folder, before) != meta:
            raise ValueError(
                f"{self.folder} holds the index of {before['meta']['network']} on {before['meta']['data']}, made with "
                "other options; choose another folder, or delete that one."
            )
        self.finished = bool(before and before.get("finished"))
        self._parts = self.folder / PARTS
        if rank == 0 and not self.finished:
            self._parts.mkdir(parents=True, exist_ok=True)
            self._describe({"finished": False})

    def done(self) -> set[int]:
        """Places in the data set of the images that stand in whole parts."""
        return {int(number) for part in self._whole() for number in self._read(part, _LAST)["number"].to_pylist()}

    def add(self, counts: list[ImageCounts]) -> None:
        """Write a part."""
        if not counts:
            return
        tables = _tables(counts, self.meta)
        name = f"{self.rank}-{counts[0].number:08d}"
        for table in (*(name for name in TABLES if name != _LAST), _LAST):
            _write(tables[table], self._parts / f"{name}.{table}.parquet")

    def finish(self) -> dict[str, Any]:
        """Put the parts together; what index.json says in the end."""
        parts = self._whole()
        merged = {name: pa.concat_tables([self._read(part, name) for part in parts]) for name in TABLES}
        for name, table in merged.items():
            _write(table.unify_dictionaries(), self.folder / f"{name}.parquet")
        skipped = int((merged["images"]["labelled"].to_numpy() == 0).sum())
        written = self._describe({"finished": True, "miou": _miou(merged["confusion"], self.meta), "skipped": skipped})
        shutil.rmtree(self._parts)
        return written

    def _whole(self) -> list[str]:
        ends = f".{_LAST}.parquet"
        names = [path.name.removesuffix(ends) for path in self._parts.glob(f"*{ends}") if path.name[0] != "."]
        return sorted(names, key=lambda name: name.partition("-")[2])

    def _read(self, part: str, table: str) -> pa.Table:
        return pq.read_table(self._parts / f"{part}.{table}.parquet")

    def _describe(self, values: dict[str, Any]) -> dict[str, Any]:
        described = {"meta": asdict(self.meta), **values}
        write_atomically(self.folder / DESCRIPTION, json.dumps(described, indent=2).encode())
        return described


def _tables(counts: list[ImageCounts], meta: IndexMeta) -> dict[str, pa.Table]:
    names = {"class": meta.class_names, "label": meta.class_names, "predicted": meta.class_names, **_BINS}
    stages = {"stage": meta.stages, "before": meta.stages, "after": meta.stages, "kind": KINDS}
    ids = [entry.id for entry in counts]
    tables = {
        # In the bins "predicted" counts pixels.
        "bins": _joined(ids, [entry.bins for entry in counts], {**names, **stages}, ("predicted",)),
        "confusion": _joined(ids, [entry.confusion for entry in counts], {**names, **stages}),
        "moves": _joined(ids, [entry.moves for entry in counts], {**names, **stages}),
        "suspects": _joined(ids, [entry.suspects for entry in counts], names),
    }
    tables["images"] = pa.table(
        {
            "image": pa.array(ids, pa.string()),
            "number": pa.array([entry.number for entry in counts], pa.int32()),
            "height": pa.array([entry.size[0] for entry in counts], pa.int32()),
            "width": pa.array([entry.size[1] for entry in counts], pa.int32()),
            "labelled": pa.array([entry.labelled for entry in counts], pa.int64()),
            "confidence": pa.array([entry.confidence for entry in counts], pa.float64(), from_pandas=True),
        }
    )
    return tables


def _joined(
    ids: list[str], parts: Iterable[Columns], names: dict[str, tuple[str, ...]], plain: tuple[str, ...] = ()
) -> pa.Table:
    """The rows of all images under one another; numbers of classes, stages and bins become their names."""
    rows = list(parts)
    lengths = [len(next(iter(part.values()))) for part in rows]
    image = np.repeat(np.arange(len(rows), dtype=np.int32), lengths)
    columns: dict[str, Any] = {"image": pa.DictionaryArray.from_arrays(image, pa.array(ids, pa.string()))}
    for column in rows[0]:
        values = np.concatenate([part[column] for part in rows])
        if column in names and column not in plain:
            keys = values.astype(np.int16)
            columns[column] = pa.DictionaryArray.from_arrays(keys, pa.array(names[column], pa.string()))
        else:
            columns[column] = values.astype(np.float32 if column == "confidence" else np.int32)
    return pa.table(columns)


def _miou(confusion: pa.Table, meta: IndexMeta) -> dict[str, float | None]:
    """mIoU of every stage over all images."""
    order = {name: number for number, name in enumerate(meta.class_names)}
    classes = len(order)
    total = np.zeros((len(meta.stages), classes, classes), dtype=np.int64)
    grouped = confusion.group_by(["stage", "label", "predicted"]).aggregate([("pixels", "sum")])
    for row in grouped.to_pylist():
        place = (meta.stages.index(row["stage"]), order[row["label"]], order[row["predicted"]])
        total[place] += row["pixels_sum"]
    rates = mean_iou(total)
    return {name: None if np.isnan(rate) else float(rate) for name, rate in zip(meta.stages, rates, strict=True)}


def _write(table: pa.Table, path: Path) -> None:
    """Atomically: the path holds the whole table or nothing."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        pq.write_table(table, temporary, compression="zstd")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
