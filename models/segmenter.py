"""The whole network: backbone -> head -> decoder, with every inner tensor worth seeing behind a Stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.backbones import BACKBONES
from models.backbones.pyramid import Backbone, Pyramid
from models.backbones.timm_pyramid import TimmPyramid
from models.config import ModelConfig
from models.data.classes import ClassSet
from models.decoders import DECODERS
from models.heads import HEADS
from models.heads.output import Head, HeadOutput
from models.layers import resize
from models.stages import Stage, Term, supervised


class SegOutput(NamedTuple):
    """Logits at the decoder's own stride: (B, K, h, w); while training also what else has a loss.

    Attributes:
        logits: the answer.
        aux_logits: of the auxiliary head on c4.
        terms: name of a supervised stage -> its value and loss.
    """

    logits: Tensor
    aux_logits: Tensor | None
    terms: Mapping[str, Term] = MappingProxyType({})


@dataclass(frozen=True)
class Preprocessing:
    """Mean and standard deviation of RGB in 0..1 (ImageNet's by default)."""

    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)


class Segmenter(nn.Module):
    """A segmentation network built from its configuration.

    Args:
        config: the parts and their sizes.
        classes: what the K outputs mean.
        preprocessing: applied by ``preprocess`` and ``normalise``.

    Shape:
        normalised image (B, 3, H, W) -> SegOutput of (B, K, h, w)

    Stages:
        backbone.c2 .. backbone.c5, those of the head and the decoder, gald.logits, and with stage classifiers
        fcn.logits and ga.logits.
    """

    def __init__(self, config: ModelConfig, classes: ClassSet, preprocessing: Preprocessing | None = None) -> None:
        super().__init__()
        self.config, self.classes = config, classes
        self.preprocessing = preprocessing or Preprocessing()
        self.backbone: Backbone = _backbone(config)
        channels = self.backbone.channels
        self.head: Head = HEADS.get(config.head)(channels, config.for_classes(len(classes)))
        self.decoder = DECODERS.get(config.decoder)(self.head.out_channels, len(classes), config, channels)
        self.auxiliary = _auxiliary(channels[-2], len(classes), config) if config.auxiliary else None
        self.pyramid_stages = nn.ModuleList(Stage(f"backbone.c{i}", kind="features") for i in (2, 3, 4, 5))
        self.logits_stage = Stage("gald.logits", kind="logits")
        self.stage_classifiers = nn.ModuleDict()
        self.stage_logits = nn.ModuleDict()
        if config.stage_classifiers:
            self._add_stage_classifiers()

    def forward(self, image: Tensor) -> SegOutput:
        with supervised(self) as terms:
            pyramid, head = self.trunk(image)
            logits = self.logits_stage(self.decoder(head.features, pyramid))
        for name, classifier in self.stage_classifiers.items():
            self.stage_logits[name](classifier(head.stage_features[name]))
        auxiliary = self.auxiliary(pyramid.c4) if self.auxiliary is not None and self.training else None
        return SegOutput(logits, auxiliary, terms)

    def trunk(self, image: Tensor) -> tuple[Pyramid, HeadOutput]:
        """Everything before the classifiers: (B, 3, H, W) -> pyramid and head output.

        Raises:
            ValueError: if the image is smaller than ``min_size``.
        """
        self._check_size(image)
        features = self.backbone(image)
        pyramid = Pyramid(*(stage(level) for stage, level in zip(self.pyramid_stages, features, strict=True)))
        return pyramid, self.head(pyramid)

    def predict_logits(self, image: Tensor) -> Tensor:
        """Logits (B, K, H, W), upsampled bilinearly to the normalised image (B, 3, H, W)."""
        return resize(self(image).logits, (image.shape[-2], image.shape[-1]))

    def preprocess(self, image: NDArray[np.uint8]) -> Tensor:
        """(H, W, 3) uint8 RGB -> normalised (1, 3, H, W) on the network's device.

        Raises:
            ValueError: if the array is not (H, W, 3) uint8.
        """
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise ValueError(
                f"image is {image.dtype} of shape {image.shape}, must be uint8 (H, W, 3); "
                "read it with models.data.images.read_image."
            )
        planes = torch.from_numpy(image.transpose(2, 0, 1).copy())[None]
        return self.normalise(planes.to(self.device))

    def normalise(self, planes: Tensor) -> Tensor:
        """(B, 3, H, W) uint8 -> float32 with the preprocessing's mean and standard deviation."""
        mean = planes.new_tensor(self.preprocessing.mean, dtype=torch.float32)[:, None, None]
        std = planes.new_tensor(self.preprocessing.std, dtype=torch.float32)[:, None, None]
        return (planes.float() / 255.0 - mean) / std

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device

    @property
    def min_size(self) -> int:
        """Smallest height and width of an image, pixels."""
        stride = self.config.backbone.output_stride
        return max((self.head.min_map - 1) * stride + 1, 32)

    def _add_stage_classifiers(self) -> None:
        for name, channels in self.head.stage_channels.items():
            self.stage_classifiers[name] = nn.Sequential(
                nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, len(self.classes), 1)
            )
            self.stage_logits[name] = Stage(f"{name}.logits", kind="logits")

    def _check_size(self, image: Tensor) -> None:
        height, width = image.shape[-2:]
        if min(height, width) < self.min_size:
            raise ValueError(
                f"image is {height}x{width}, this network needs at least {self.min_size}x{self.min_size}; enlarge it."
            )


def _backbone(config: ModelConfig) -> Backbone:
    name = config.backbone.name
    return BACKBONES.get(name)(config.backbone) if name in BACKBONES.names() else TimmPyramid(config.backbone)


def _auxiliary(channels: int, num_classes: int, config: ModelConfig) -> nn.Sequential:
    """Auxiliary head on c4: 3x3 with bias, BatchNorm, ReLU, dropout, 1x1; training only (weight 0.4)."""
    width = config.width
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, padding=1),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
        nn.Dropout2d(config.dropout),
        nn.Conv2d(width, num_classes, 1),
    )
