"""Where the weights of a training job come from."""

from __future__ import annotations

import torch

from models.backbones.timm_pyramid import TimmPyramid, load_pretrained
from models.checkpoint import load_checkpoint
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


def _from_checkpoint(model: Segmenter, source: str) -> str:
    loaded = load_checkpoint(source)
    own, stored = model.state_dict(), loaded.model.state_dict()
    shared = {key: value for key, value in stored.items() if key.startswith("backbone.")}
    if any(key not in own or own[key].shape != value.shape for key, value in shared.items()):
        raise ValueError(
            f"checkpoint {loaded.name!r} has backbone {loaded.model.config.backbone.name!r}, this network "
            f"{model.config.backbone.name!r}; start from one with the same backbone."
        )
    with torch.no_grad():
        for key, value in shared.items():
            own[key].copy_(value)
    first = loaded.meta["training"]["start"]
    return f"backbone of {loaded.name}, which started from {first}"
