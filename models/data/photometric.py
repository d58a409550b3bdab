"""Random changes of colour: jitter, a shift of brightness (ANN's code), photometric distortion (Liu et al., SSD)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2.functional import adjust_hue

from models.config import DataConfig

_LUMA = (0.299, 0.587, 0.114)
# Of SSD: grey levels, factors, and a share of the full circle of hues.
_SHIFT, _FACTORS, _HUE = 32.0, (0.5, 1.5), 0.1


def recoloured(image: Tensor, config: DataConfig, rng: np.random.Generator) -> Tensor:
    """The changes that the configuration asks for; what is off draws no random number.

    Shape:
        image: (3, H, W) uint8 -> (3, H, W) uint8
    """
    if config.photometric:
        image = _jittered(image, config.photometric, rng)
    if config.brightness:
        image = _as_bytes(image.float() + rng.uniform(-config.brightness, config.brightness))
    return _distorted(image, rng) if config.distortion else image


def _jittered(image: Tensor, amount: float, rng: np.random.Generator) -> Tensor:
    """Brightness, contrast and saturation, each scaled by up to 1 +- amount."""
    brightness, contrast, saturation = (1 + amount * rng.uniform(-1, 1) for _ in range(3))
    value = image.float() * brightness
    mean = value.mean()
    value = (value - mean) * contrast + mean
    return _as_bytes(_saturated(value, saturation))


def _distorted(image: Tensor, rng: np.random.Generator) -> Tensor:
    """SSD's order, but for the saturation, which is taken around the luma here and in HSV there."""
    wanted = rng.random(4) < 0.5
    first = rng.random() < 0.5
    shift, hue = rng.uniform(-_SHIFT, _SHIFT), rng.uniform(-_HUE, _HUE)
    contrast, saturation = rng.uniform(*_FACTORS, 2)
    value = image.float()
    if wanted[0]:
        value = value + shift
    if wanted[1] and first:
        value = value * contrast
    if wanted[2]:
        value = _saturated(value, saturation)
    if wanted[3]:
        value = 255 * adjust_hue(value.clamp(0, 255) / 255, hue)
    if wanted[1] and not first:
        value = value * contrast
    return _as_bytes(value)


def _saturated(value: Tensor, factor: float) -> Tensor:
    """Distances from the grey of each pixel, scaled."""
    grey = (value * value.new_tensor(_LUMA)[:, None, None]).sum(0, keepdim=True)
    return (value - grey) * factor + grey


def _as_bytes(value: Tensor) -> Tensor:
    return value.round().clamp(0, 255).to(torch.uint8)
