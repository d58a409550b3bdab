"""A preset with other parts, as somebody chooses them one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import torch

from models.config import DetectorConfig, ModelConfig
from models.data.classes import ClassSet
from models.data.detection.sample import DetectionData
from models.detection.detector import Detector
from models.segmenter import Segmenter

# Heads whose GA and LD can be chosen freely; the others are systems of their own.
_FREE = ("fcn", "gald")
NONE = "none"
Config = TypeVar("Config", bound=ModelConfig | DetectorConfig)


def has_free_parts(model: ModelConfig | DetectorConfig) -> bool:
    """Whether GA and LD of this network can be chosen."""
    return isinstance(model, DetectorConfig) or model.head in _FREE


def parts_of(model: ModelConfig | DetectorConfig) -> tuple[str, str]:
    """Names of GA and LD as the network uses them, ``none`` where it has none."""
    if isinstance(model, DetectorConfig):
        return model.aggregation.name, model.distribution.name
    if model.head == "fcn":
        return NONE, NONE
    arrangement = model.arrangement
    ga = NONE if arrangement == "ld" else model.aggregation.name
    return ga, NONE if arrangement == "ga" else model.distribution.name


def with_parts(model: Config, backbone: str, ga: str, ld: str) -> Config:
    """The network with another backbone, GA and LD, arranged so that all of them are used.

    Args:
        model: of a preset.
        backbone: registered, or timm's name.
        ga: registered aggregation, or ``none``.
        ld: registered distribution, or ``none``.

    Raises:
        ValueError: if GA or LD of a network are changed that is a system of its own.
    """
    changed = replace(model, backbone=replace(model.backbone, name=backbone))
    if (ga, ld) == parts_of(model):
        return changed
    parts = {
        "aggregation": replace(model.aggregation, name=ga),
        "distribution": replace(model.distribution, name=ld),
    }
    if isinstance(model, DetectorConfig):
        return replace(changed, **parts)
    if not has_free_parts(model):
        raise ValueError(f"head {model.head!r} decides over GA and LD; choose a preset with the head fcn or gald.")
    if ga == ld == NONE:
        return replace(changed, head="fcn")
    both = model.arrangement if model.arrangement in ("gald", "ldga", "parallel") else "gald"
    return replace(changed, head="gald", arrangement="ga" if ld == NONE else "ld" if ga == NONE else both, **parts)


def check_network(model: ModelConfig | DetectorConfig, classes: ClassSet, crop: tuple[int, int]) -> int:
    """Parameters of the network; nothing is allocated.

    Args:
        model: the network.
        classes: of its data.
        crop: height and width of a training crop; a detector looks at whole images.

    Raises:
        ValueError: if it cannot be built, or the crop is too small for it.
    """
    with torch.device("meta"):
        network = Detector(model, classes) if isinstance(model, DetectorConfig) else Segmenter(model, classes)
    if isinstance(network, Segmenter) and min(crop) < network.min_size:
        raise ValueError(f"crop is {crop}, the network needs sides of at least {network.min_size}; enlarge it.")
    return sum(value.numel() for value in network.parameters())


def check_masks(model: DetectorConfig, data: DetectionData) -> None:
    """Refuse to learn masks from data that has none.

    Raises:
        ValueError: if the detector is to.
    """
    if model.masks and not data.has_masks:
        raise ValueError(f"{data.name} has no masks; train a Faster R-CNN on it, or choose data with masks.")
