"""Where the weights of a training job come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from models.backbones.timm_pyramid import TimmPyramid, load_pretrained
from models.checkpoint import LoadedCheckpoint, load_checkpoint
from models.config import TrainConfig
from models.segmenter import Segmenter


def initialise(model: Segmenter, recipe: TrainConfig) -> str:
    """Fill the network and return one line that says from what.

    Args:
        model: freshly built.
        recipe: ``start`` (the backbone of one of our checkpoints) or ``weights`` (ImageNet weights of the backbone).

    Raises:
        ValueError: if the checkpoint has another backbone.
    """
    if recipe.start:
        return _from_checkpoint(model, recipe.start)
    if isinstance(model.backbone, TimmPyramid):
        return load_pretrained(model.backbone, model.config.backbone.name, recipe.weights)
    return "random"


def first_phase(start: str) -> dict[str, Any]:
    """How the checkpoint was trained whose backbone a run started from, and within that, the one before it.

    Empty when there is none (any more).
    """
    if not start:
        return {}
    try:
        meta = load_checkpoint(start).meta
    except ValueError:
        # A finished training is not thrown away because a file was moved meanwhile.
        return {}
    hardware = meta.get("provenance", {}).get("hardware", {})
    return {**meta.get("training", {}), "hardware": hardware}


def _from_checkpoint(model: Segmenter, source: str) -> str:
    loaded = load_checkpoint(source)
    own = _backbone(model)
    stored = _backbone(loaded.model)
    if {key: value.shape for key, value in own.items()} != {key: value.shape for key, value in stored.items()}:
        raise ValueError(
            f"checkpoint {loaded.name!r} has backbone {loaded.model.config.backbone.name!r}, this network "
            f"{model.config.backbone.name!r}; start from one with the same backbone."
        )
    with torch.no_grad():
        for key, value in stored.items():
            own[key].copy_(value)
    origin = loaded.meta.get("training", {}).get("start", "unknown weights")
    return f"backbone of {_called(loaded, source)}, which started from {origin}"


def _backbone(model: Segmenter) -> dict[str, torch.Tensor]:
    return {key: value for key, value in model.state_dict().items() if key.startswith("backbone.")}


def _called(loaded: LoadedCheckpoint, source: str) -> str:
    """A run's checkpoint is called like its run."""
    place = Path(source).resolve()
    return place.parent.parent.name if place.parent.name == "checkpoints" else loaded.name
