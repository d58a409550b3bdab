"""Detectors in the same files as segmentation networks, told apart by the ``kind`` in their description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.checkpoint import (
    LoadedCheckpoint,
    described,
    file_sha256,
    find_checkpoint,
    kind_of,
    load_checkpoint,
    name_of,
    read_checkpoint,
    rebuilt,
)
from models.config import DetectorConfig
from models.detection.detector import Detector


@dataclass(frozen=True)
class LoadedDetector:
    """A detector ready to look at images.

    Attributes:
        model: in eval mode, float32, without gradients.
        sha256: of the file; the identity used in caches and manifests.
        name: file stem, or that of the run it was trained in, or the zoo's name.
        meta: training summary, metrics and provenance as stored.
    """

    model: Detector
    sha256: str
    name: str
    meta: Mapping[str, Any]


def load_detector(source: str | Path) -> LoadedDetector:
    """Read the checkpoint of a detector from a path, or by its name in the zoo; save_checkpoint writes it.

    Raises:
        ValueError: as load_checkpoint, or if the file holds another kind of network.
    """
    path = find_checkpoint(Path(source).expanduser())
    header, tensors = read_checkpoint(path, Detector.kind)
    parts = described(path, header, DetectorConfig)
    model = rebuilt(path, lambda: Detector(*parts), tensors)
    return LoadedDetector(model, file_sha256(path), name_of(path), header["meta"])


def is_detector(source: str | Path) -> bool:
    """Whether this is the checkpoint of a detector; not so for what is no readable checkpoint of ours."""
    try:
        return kind_of(find_checkpoint(Path(source).expanduser())) == Detector.kind
    except ValueError:
        return False


def load_any(source: str | Path) -> LoadedCheckpoint | LoadedDetector:
    """Read a checkpoint of either kind.

    Raises:
        ValueError: as load_checkpoint.
    """
    return load_detector(source) if is_detector(source) else load_checkpoint(source)
