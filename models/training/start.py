"""Where the weights of a training job come from, and what is told about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from models.backbones.timm_pyramid import TimmPyramid, load_pretrained
from models.checkpoint import LoadedCheckpoint, load_checkpoint
from models.config import ModelConfig, TrainConfig, to_dict
from models.data.classes import ClassSet
from models.detection.checkpoint import LoadedDetector, load_any
from models.detection.detector import Detector
from models.segmenter import Segmenter
from models.training.job import AnyJob

Loaded = LoadedCheckpoint | LoadedDetector

_NETWORK = ("backbone.", "head.", "decoder.")


def initialise(model: Segmenter, recipe: TrainConfig) -> str:
    """Fill the network and return one line that says from what.

    Args:
        model: freshly built.
        recipe: ``start`` (the backbone of one of our checkpoints, with ``start_head`` the whole network, with
            ``new_classes`` without its classifier) or ``weights`` (ImageNet weights of the backbone).

    Raises:
        ValueError: if the checkpoint has another backbone, or with ``start_head`` other classes or is another network.
    """
    if recipe.start_head:
        return _whole_network(model, recipe.start, recipe.new_classes)
    origin = backbone_alone(model, recipe.start) if recipe.start else pretrained_backbone(model, recipe.weights)
    return origin + model.head.begin(model.backbone)


def pretrained_backbone(model: Segmenter | Detector, weights: str) -> str:
    """Fill the backbone with ImageNet weights and return one line that says from what.

    Raises:
        ValueError: as load_pretrained.
    """
    if isinstance(model.backbone, TimmPyramid):
        return load_pretrained(model.backbone, model.config.backbone.name, weights)
    return "random"


def first_phase(start: str) -> dict[str, Any]:
    """How the checkpoint was trained whose backbone a run started from, and within that, the one before it.

    Empty when there is none (any more).
    """
    if not start:
        return {}
    try:
        meta = load_any(start).meta
    except ValueError:
        # A finished training is not thrown away because a file was moved meanwhile.
        return {}
    hardware = meta.get("provenance", {}).get("hardware", {})
    return {**meta.get("training", {}), "hardware": hardware}


def training_record(job: AnyJob, **facts: Any) -> dict[str, Any]:
    """How a network was trained, as its checkpoint keeps it: preset, data, recipe, the phase before, and the facts."""
    recipe = job.train
    return {
        "preset": job.preset,
        "data": to_dict(job.data) | {"root": ""},
        # Where files lay on this machine is nobody else's business.
        "recipe": to_dict(recipe) | {"weights": Path(recipe.weights).name, "start": Path(recipe.start).name},
        "first_phase": first_phase(recipe.start),
        **facts,
    }


def _whole_network(model: Segmenter, source: str, new_classes: bool) -> str:
    if not source:
        raise ValueError("start_head takes the head of a checkpoint and start is empty; give one with --start.")
    loaded = load_checkpoint(source, model.config.backbone.output_stride)
    if not new_classes and loaded.model.classes.names != model.classes.names:
        raise ValueError(
            f"checkpoint {loaded.name!r} has the classes {list(loaded.model.classes.names)}, the data "
            f"{list(model.classes.names)}; let its classifier start anew with new_classes, or take its backbone alone, "
            "without start_head."
        )
    if _what_computes(loaded.model.config) != _what_computes(model.config):
        raise ValueError(
            f"checkpoint {loaded.name!r} is another network than this one at the same output stride; with start_head "
            "give the preset it came from, or that one with the trained_stride and the rates of another output stride."
        )
    anew = _of_classes(model.config) if new_classes else set()
    kept = {key: value for key, value in loaded.model.state_dict().items() if key.startswith(_NETWORK)}
    model.load_state_dict({key: value for key, value in kept.items() if key not in anew}, strict=False)
    part = "all but the classifier" if anew else "all"
    return f"{part} of {loaded.name}, which started from {_origin(loaded)}"


def _of_classes(config: ModelConfig) -> set[str]:
    """Tensors whose shape is another one for another number of classes."""
    few, many = ({key: value.shape for key, value in _on_paper(config, count).state_dict().items()} for count in (2, 3))
    return {key for key, shape in few.items() if many[key] != shape}


def _on_paper(config: ModelConfig, count: int) -> Segmenter:
    """A network of shapes, without weights."""
    with torch.device("meta"):
        return Segmenter(config, ClassSet(tuple(map(str, range(count))), ((0, 0, 0),) * count))


def _what_computes(config: ModelConfig) -> ModelConfig:
    """The config without what is of training alone."""
    return replace(
        config,
        auxiliary=False,
        dropout=0.0,
        stage_classifiers=False,
        backbone=replace(config.backbone, frozen_stages=0),
        aggregation=replace(config.aggregation, dropout=0.0),
    )


def backbone_alone(model: Segmenter | Detector, source: str) -> str:
    """Fill the backbone from a checkpoint of either kind and return one line that says from what.

    Raises:
        ValueError: if it cannot be read or has another backbone.
    """
    loaded = load_any(source)
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
    return f"backbone of {loaded.name}, which started from {_origin(loaded)}"


def _origin(loaded: Loaded) -> str:
    return loaded.meta.get("training", {}).get("start", "unknown weights")


def _backbone(model: Segmenter | Detector) -> dict[str, torch.Tensor]:
    return {key: value for key, value in model.state_dict().items() if key.startswith("backbone.")}
