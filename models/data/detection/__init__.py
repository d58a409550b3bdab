"""Data sets with boxes and masks, for detectors: files -> DetectionSample."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.registry import Registry

if TYPE_CHECKING:
    from models.data.detection.sample import DetectionData

DETECTION_SETS = Registry("detection data set", "models.data.detection")


def open_detection(name: str, root: str | Path | None = None, split: str = "val", **options: Any) -> DetectionData:
    """The detection data set of this name.

    Args:
        name: as registered, such as ``coco``, ``panoptic_folder``, ``scenes`` or ``voc_detection``.
        root: its folder; None looks for GALD_DATA/name; generated data needs none.
        split: one of the data set's ``SPLITS``.
        options: the data set's own.

    Raises:
        ValueError: for an unknown name or split, or a folder that is missing or laid out otherwise.
    """
    from models.data.roots import find_root

    data = DETECTION_SETS.get(name)
    return data(root=find_root(name, root) if data.needs_root else None, split=split, **options)
