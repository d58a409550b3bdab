"""Data sets: files or generators -> Sample."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.registry import Registry

if TYPE_CHECKING:
    from models.data.classes import SegmentationData

DATASETS = Registry("data set", "models.data")


def open_data(name: str, root: str | Path | None = None, split: str = "val", **options: Any) -> SegmentationData:
    """The data set of this name.

    Args:
        name: as registered, such as ``camvid``, ``cityscapes``, ``folder`` or ``scenes``.
        root: its folder; None looks for GALD_DATA/name; generated data needs none.
        split: one of the data set's ``SPLITS``.
        options: the data set's own, such as the knobs of ``scenes``.

    Raises:
        ValueError: for an unknown name or split, or a folder that is missing or laid out otherwise.
    """
    from models.data.pairs import check_split
    from models.data.roots import find_root

    data = DATASETS.get(name)
    check_split(name, split, data.SPLITS)
    return data(root=find_root(name, root) if data.needs_root else None, split=split, **options)
