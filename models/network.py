"""What every network that is looked at has in common, our own and those of others."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.data.classes import ClassSet


@dataclass(frozen=True)
class Preprocessing:
    """Mean and standard deviation of RGB in 0..1 (ImageNet's by default)."""

    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)


def check_image(image: NDArray[np.uint8]) -> None:
    """Refuse what is no image.

    Raises:
        ValueError: unless the array is (H, W, 3) uint8.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(
            f"image is {image.dtype} of shape {image.shape}, must be uint8 (H, W, 3); "
            "read it with models.data.images.read_image."
        )


def normalised(planes: Tensor, preprocessing: Preprocessing) -> Tensor:
    """(..., 3, H, W) uint8 -> float32 with the preprocessing's mean and standard deviation."""
    mean = planes.new_tensor(preprocessing.mean, dtype=torch.float32)[:, None, None]
    std = planes.new_tensor(preprocessing.std, dtype=torch.float32)[:, None, None]
    return (planes.float() / 255.0 - mean) / std


@contextmanager
def evaluating(model: nn.Module) -> Generator[None]:
    """The network in evaluation mode while the block runs, and afterwards as it was."""
    # Module by module: a frozen BatchNorm is in evaluation mode while the rest of the network trains.
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


class Network(nn.Module, ABC):
    """Photograph in, class logits out; inner tensors worth seeing pass a Stage.

    Attributes:
        classes: what the K outputs mean.
        preprocessing: applied by ``preprocess`` and ``normalise``.
        answer_stage: the stage whose logits, resized bilinearly (align_corners=False), ``predict_logits`` returns;
            empty where none is known.
    """

    classes: ClassSet
    preprocessing: Preprocessing
    answer_stage: str = ""

    @abstractmethod
    def predict_logits(self, image: Tensor) -> Tensor:
        """Logits (B, K, H, W) of the normalised image (B, 3, H, W)."""

    @property
    @abstractmethod
    def min_size(self) -> int:
        """Smallest height and width of an image, pixels."""

    def preprocess(self, image: NDArray[np.uint8]) -> Tensor:
        """(H, W, 3) uint8 RGB -> normalised (1, 3, H, W) on the network's device, in the precision of its weights.

        Raises:
            ValueError: if the array is not (H, W, 3) uint8.
        """
        check_image(image)
        planes = torch.from_numpy(image.transpose(2, 0, 1).copy())[None]
        return self.normalise(planes.to(self.device)).to(self.dtype)

    def normalise(self, planes: Tensor) -> Tensor:
        """(B, 3, H, W) uint8 -> float32 with the preprocessing's mean and standard deviation."""
        return normalised(planes, self.preprocessing)

    @property
    def device(self) -> torch.device:
        """Where the weights are; the CPU for a network without any."""
        return next((parameter.device for parameter in self.parameters()), torch.device("cpu"))

    @property
    def dtype(self) -> torch.dtype:
        """Of the weights: float32, but in a training with a precision such as 64-true; float32 without any."""
        floats = (value.dtype for value in self.parameters() if value.is_floating_point())
        return next(floats, torch.float32)

    def check_size(self, image: Tensor) -> None:
        """Refuse an image (B, 3, H, W) that the network cannot take.

        Raises:
            ValueError: if it is smaller than ``min_size``.
        """
        height, width = image.shape[-2:]
        if min(height, width) < self.min_size:
            raise ValueError(
                f"image is {height}x{width}, this network needs at least {self.min_size}x{self.min_size}; enlarge it."
            )


@dataclass(frozen=True)
class LoadedNetwork:
    """A network ready to look at images.

    Attributes:
        model: in eval mode, float32, without gradients.
        sha256: identity used in caches and manifests; of the file where the network is a checkpoint.
        name: what people call it.
        meta: what is known of it: training summary, metrics and provenance of a checkpoint.
    """

    model: Network
    sha256: str
    name: str
    meta: Mapping[str, Any]
