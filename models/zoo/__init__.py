"""The checkpoints that ship, one card each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
_DETECTORS = "detectors"


def names() -> list[str]:
    """Names of the shipped segmentation networks, sorted."""
    return sorted(file.stem for file in _FOLDER.glob("*.safetensors"))


def detectors() -> list[str]:
    """Names of the shipped detectors, sorted."""
    return sorted(file.stem for file in (_FOLDER / _DETECTORS).glob("*.safetensors"))


def ships(name: str) -> bool:
    """Whether a checkpoint of this name ships."""
    return name in names() or name in detectors()


def path(name: str) -> Path:
    """File of a shipped checkpoint.

    Raises:
        ValueError: listing the names, if there is none.
    """
    if not ships(name):
        raise ValueError(f"checkpoint is {name!r}, the zoo has {names()} and the detectors {detectors()}.")
    return (_FOLDER if name in names() else _FOLDER / _DETECTORS) / f"{name}.safetensors"


def card(name: str) -> dict[str, Any]:
    """What the checkpoint says about itself: preset, params, training, metrics, provenance, size_bytes."""
    from models.checkpoint import read_header

    file = path(name)
    header = read_header(file)
    return {"name": name, "size_bytes": file.stat().st_size, **header["meta"]}


def listing() -> list[dict[str, Any]]:
    """One row a segmentation network: name, data, preset, params, miou, boundary_f, size_bytes."""
    return [_row(name, ("miou", "boundary_f")) for name in names()]


def detector_listing() -> list[dict[str, Any]]:
    """One row a detector: name, data, preset, params, voc_map50, box_ap, mask_ap, size_bytes."""
    return [_row(name, ("voc_map50", "box_ap", "mask_ap")) for name in detectors()]


def _row(name: str, measured: tuple[str, ...]) -> dict[str, Any]:
    info = card(name)
    row = {
        "name": name,
        "data": info["training"]["data"]["name"],
        "preset": info["training"]["preset"],
        "params": info["params"],
        **{key: info["metrics"][key] for key in measured},
        "size_bytes": info["size_bytes"],
    }
    return json.loads(json.dumps(row))
