"""Data-set indexes written by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gald_viz.index.files import TABLES, IndexFolder, IndexMeta, open_index

META = IndexMeta(
    network="toy",
    sha256="0" * 64,
    checkpoint="toy",
    trunk="frozen",
    data="scenes",
    root="",
    split="val",
    images=3,
    total=3,
    class_names=("road", "sky", "pole"),
    class_colors=((255, 0, 0), (0, 255, 0), (0, 0, 255)),
    ignore_id=255,
    stages=("ga", "gald", "output"),
)


@pytest.fixture(scope="session")
def write_index() -> Callable[..., IndexFolder]:
    """write_index(folder, tables: name -> columns, **meta) -> the index."""

    def write(folder: Path, tables: dict[str, dict[str, Any]], **changes: Any) -> IndexFolder:
        folder.mkdir(parents=True, exist_ok=True)
        meta = asdict(META) | changes
        for name in TABLES:
            pq.write_table(pa.table(tables[name]), folder / f"{name}.parquet")
        (folder / "index.json").write_text(json.dumps({"finished": True, "meta": meta}))
        return open_index(folder)

    return write
