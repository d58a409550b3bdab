"""The checkpoints that ship, one card each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """Names of the shipped checkpoints, sorted."""
    return sorted(file.stem for file in _FOLDER.glob("*.safetensors"))


def path(name: str) -> Path:
    """File of a shipped checkpoint.

    Raises:
        ValueError: listing the names, if there is none.
    """
    if name not in names():
        raise ValueError(f"checkpoint is {name!r}, the zoo has {names()}.")
    return _FOLDER / f"{name}.safetensors"


def card(name: str) -> dict[str, Any]:
    """What the checkpoint says about itself: preset, params, training, metrics, provenance, size_bytes."""
    from models.checkpoint import read_header

    file = path(name)
    header = read_header(file)
    return {"name": name, "size_bytes": file.stat().st_size, **header["meta"]}


def listing() -> list[dict[str, Any]]:
    """One row a checkpoint: name, data, preset, params, miou, boundary_f, size_bytes."""
    rows = []
    for name in names():
        info = card(name)
        metrics = info["metrics"]
        rows.append(
            {
                "name": name,
                "data": info["training"]["data"]["name"],
                "preset": info["training"]["preset"],
                "params": info["params"],
                "miou": metrics["miou"],
                "boundary_f": metrics["boundary_f"],
                "size_bytes": info["size_bytes"],
            }
        )
    return json.loads(json.dumps(rows))
