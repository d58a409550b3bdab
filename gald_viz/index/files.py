"""An index as it lies on the disk: index.json, and five tables in Parquet that any tool reads.

images.parquet: ``image``, ``number`` (place in the data set), ``height``, ``width``, ``labelled`` (pixels) and
``confidence`` (mean of the output's, over them).
bins.parquet: one row an ``image`` x ``class`` x ``stage`` x ``size_bin`` x ``boundary_bin``, with ``pixels`` that are
labelled so, ``correct`` of them, and ``predicted``: pixels of these bins that the stage calls this class.
confusion.parquet: ``image``, ``stage``, ``label``, ``predicted``, ``kind`` of error, ``pixels``.
moves.parquet: ``image``, ``before``, ``after`` (stages), ``class``, the bins, ``fixed``, ``broken``.
suspects.parquet: regions where a sure network and the label disagree: ``image``, ``label``, ``predicted``, ``pixels``,
``confidence``, ``x0``, ``y0``, ``x1``, ``y1``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.config import from_dict

FORMAT = 1
DESCRIPTION = "index.json"
TABLES = ("images", "bins", "confusion", "moves", "suspects")
PARTS = "parts"
SHIPPED = Path(__file__).resolve().parent / "shipped"


@dataclass(frozen=True)
class IndexMeta:
    """What an index is of.

    Attributes:
        network: name of the checkpoint.
        sha256: of its file.
        checkpoint: what opens it again: a name of the zoo, a file, a network of others.
        trunk: whether the trunk was frozen while the stage classifiers were trained, empty where nobody knows.
        data: name of the data set.
        root: its folder, empty for its default.
        split: of the data set.
        images: how many of them, evenly spread.
        total: how many the split has.
        class_names: K names.
        class_colors: K RGB triples.
        ignore_id: label value that is not counted.
        stages: in the order of the network, its own answer last, behind it the second network.
        against: checkpoint of the second network, empty without one.
        against_sha256: of its file.
        format: of these files.
    """

    network: str
    sha256: str
    checkpoint: str
    trunk: str
    data: str
    root: str
    split: str
    images: int
    total: int
    class_names: tuple[str, ...]
    class_colors: tuple[tuple[int, ...], ...]
    ignore_id: int
    stages: tuple[str, ...]
    against: str = ""
    against_sha256: str = ""
    format: int = FORMAT


@dataclass(frozen=True)
class IndexFolder:
    """A finished index.

    Attributes:
        path: the folder.
        meta: what it is of.
        miou: stage -> mIoU over all images, 0..1, None where it is undefined.
        skipped: images without a label.
    """

    path: Path
    meta: IndexMeta
    miou: dict[str, float | None] = field(default_factory=dict)
    skipped: int = 0

    def table(self, name: str) -> Path:
        """File of a table."""
        return self.path / f"{name}.parquet"

    @property
    def title(self) -> str:
        """Network and data, for lists."""
        meta = self.meta
        second = f" against {meta.against}" if meta.against else ""
        return f"{meta.network}{second} · {meta.data} {meta.split} · {meta.images} images"


def open_index(folder: str | Path) -> IndexFolder:
    """The finished index in a folder.

    Raises:
        ValueError: if there is none, it is not finished, or it is damaged.
    """
    path = Path(folder).expanduser()
    values = read_description(path)
    if values is None:
        raise ValueError(f"{path} holds no index ({DESCRIPTION} is missing); make one with gald index.")
    if not values.get("finished"):
        raise ValueError(f"the index in {path} is not finished; give the same gald index command again to go on.")
    lost = [name for name in TABLES if not (path / f"{name}.parquet").is_file()]
    if lost:
        raise ValueError(f"the index in {path} lacks {', '.join(lost)}; delete the folder and make it again.")
    return IndexFolder(path, meta_from(path, values), values.get("miou", {}), int(values.get("skipped", 0)))


def find_indexes(folder: str | Path) -> list[IndexFolder]:
    """The finished indexes in a folder and one level below, by their titles; others are left out."""
    path = Path(folder).expanduser()
    found = []
    for description in [*path.glob(DESCRIPTION), *path.glob(f"*/{DESCRIPTION}")]:
        try:
            found.append(open_index(description.parent))
        except ValueError:
            continue
    return sorted(found, key=lambda index: (index.title, str(index.path)))


def read_description(path: Path) -> dict[str, Any] | None:
    """What index.json says, None without one.

    Raises:
        ValueError: if it is damaged.
    """
    file = path / DESCRIPTION
    if not file.is_file():
        return None
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{file} is damaged ({error}); delete the folder and make the index again.") from error
    if not isinstance(values, dict) or not isinstance(values.get("meta"), dict):
        raise ValueError(f"{file} does not describe an index; choose a folder that gald index has written.")
    return values


def meta_from(path: Path, values: dict[str, Any]) -> IndexMeta:
    """The description as it was written.

    Raises:
        ValueError: if it is of another format, or damaged.
    """
    if values["meta"].get("format") != FORMAT:
        raise ValueError(
            f"the index in {path} has format {values['meta'].get('format')}, {FORMAT} is read here; make it again."
        )
    try:
        return from_dict(IndexMeta, values["meta"])
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path / DESCRIPTION} is damaged ({error}); make the index again.") from error
