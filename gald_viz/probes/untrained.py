"""A network as it was before it was trained on a data set: the same, with another backbone."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import torch

from models.backbones.timm_pyramid import TimmPyramid, load_pretrained
from models.network import LoadedNetwork
from models.segmenter import Segmenter, build_backbone


def untrained(loaded: LoadedNetwork, weights: Path | None = None, seed: int = 0) -> LoadedNetwork:
    """Put random weights, or those of a file, in the place of the trained backbone.

    Args:
        loaded: a checkpoint of ours; it is not changed.
        weights: .safetensors with the backbone's ImageNet weights; None for random ones.
        seed: of random weights.

    Raises:
        ValueError: if it is no checkpoint of ours, or the file does not fit.
    """
    model = loaded.model
    if not isinstance(model, Segmenter):
        raise ValueError(f"{loaded.name} was not built here; only a checkpoint of ours has a backbone to replace.")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        fresh = build_backbone(model.config.backbone)
    if weights is not None:
        if not isinstance(fresh, TimmPyramid):
            raise ValueError(f"{loaded.name} has no backbone of timm, which alone takes a file of weights.")
        load_pretrained(fresh, model.config.backbone.name, weights)
    changed = copy.copy(model)
    changed._modules = {**model._modules, "backbone": fresh.to(model.device).eval().requires_grad_(False)}
    what = weights.stem if weights else f"random weights, seed {seed}"
    return replace(loaded, model=changed, name=f"{loaded.name} ({what})")
