"""The whole network: backbone -> head -> decoder, with every inner tensor worth seeing behind a Stage."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from torch import Tensor, nn

from models.backbones import BACKBONES
from models.backbones.pyramid import Backbone, Pyramid
from models.backbones.timm_pyramid import TimmPyramid
from models.config import BackboneConfig, ModelConfig
from models.data.classes import ClassSet
from models.decoders import DECODERS
from models.heads import HEADS
from models.heads.output import Head, HeadOutput
from models.layers import resize
from models.network import Network, Preprocessing
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


class Segmenter(Network):
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

    kind = "segmenter"
    answer_stage = "gald.logits"

    def __init__(self, config: ModelConfig, classes: ClassSet, preprocessing: Preprocessing | None = None) -> None:
        super().__init__()
        self.config, self.classes = config, classes
        self.preprocessing = preprocessing or Preprocessing()
        self.backbone: Backbone = build_backbone(config.backbone)
        channels = self.backbone.channels
        self.head: Head = HEADS.get(config.head)(channels, config.for_classes(len(classes)))
        self.decoder = DECODERS.get(config.decoder)(self.head.out_channels, len(classes), config, channels)
        self.auxiliary = _auxiliary(channels[-2], len(classes), config) if config.auxiliary else None
        self.pyramid_stages = nn.ModuleList(Stage(f"backbone.c{i}", kind="features") for i in (2, 3, 4, 5))
        self._read = _levels_read(config)
        self.logits_stage = Stage(self.answer_stage, kind="logits")
        self.stage_classifiers = nn.ModuleDict()
        self.stage_logits = nn.ModuleDict()
        if config.stage_classifiers:
            self._add_stage_classifiers()

    def forward(self, image: Tensor) -> SegOutput:
        with supervised(self) as terms:
            pyramid, head = self.trunk(image)
            logits = self.logits_stage(self.decoder(head.features, pyramid))
            for name, classifier in self.stage_classifiers.items():
                features = head.stage_features[name]
                # They learn from a network that learns nothing from them.
                self.stage_logits[name](classifier(features.detach() if self.training else features))
        auxiliary = self.auxiliary(pyramid.c4) if self.auxiliary is not None and self.training else None
        return SegOutput(logits, auxiliary, terms)

    def trunk(self, image: Tensor) -> tuple[Pyramid, HeadOutput]:
        """Everything before the classifiers: (B, 3, H, W) -> the pyramid's levels that are read, and head output.

        Raises:
            ValueError: if the image is smaller than ``min_size``.
        """
        self.check_size(image)
        pyramid = self._staged(self.backbone(image))
        return pyramid, self.head(pyramid)

    def _staged(self, levels: Pyramid) -> Pyramid:
        """The levels through their stages; empty those that nothing behind reads, so that their memory is free."""
        staged = (stage(level) for stage, level in zip(self.pyramid_stages, levels, strict=True))
        return Pyramid(*(level if read else level.new_empty(0) for level, read in zip(staged, self._read, strict=True)))

    def predict_logits(self, image: Tensor) -> Tensor:
        """Logits (B, K, H, W), upsampled bilinearly to the normalised image (B, 3, H, W)."""
        return resize(self(image).logits, (image.shape[-2], image.shape[-1]))

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
            self.stage_logits[name] = Stage(f"{name}.logits", kind="logits", loss="onlooker")


def build_backbone(config: BackboneConfig) -> Backbone:
    """The registered backbone of this name, else timm's."""
    return BACKBONES.get(config.name)(config) if config.name in BACKBONES.names() else TimmPyramid(config)


def _levels_read(config: ModelConfig) -> tuple[bool, bool, bool, bool]:
    """Which of c2..c5 the head, the decoder or the auxiliary head read."""
    fused = config.fusion.levels if config.head == "ann" else ()
    c2, c3, c4 = (config.decoder != "linear" or level in fused for level in (2, 3, 4))
    return c2, c3, c4 or config.auxiliary, True


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
