"""What every head is and returns."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from models.backbones.pyramid import Backbone
from models.config import ModelConfig


class HeadOutput(NamedTuple):
    """Features for the decoder and the points where stage classifiers sit.

    Attributes:
        features: (B, C, h, w) what the decoder reads.
        stage_features: stage name ``fcn`` or ``ga`` -> (B, C', h, w) before any LD.
    """

    features: Tensor
    stage_features: dict[str, Tensor]


class Head(nn.Module):
    """Pyramid -> HeadOutput.

    Attributes:
        out_channels: channels of ``features``.
        stage_channels: channels of each entry of ``stage_features``.
        min_map: smallest side of c5 that the head can take.
    """

    out_channels: int
    stage_channels: dict[str, int]
    min_map: int = 1

    @classmethod
    def at_stride(cls, config: ModelConfig, before: int) -> ModelConfig:
        """The configuration with rates that reach as far at its output stride as its own did at stride ``before``.

        Raises:
            ValueError: if something in this head does not follow the output stride.
        """
        raise ValueError(
            f"output_stride is {config.backbone.output_stride}, head {config.head!r} has parts that cannot follow; "
            f"open this network at {before}. Those with head 'deeplabv3' or 'cascade' can."
        )

    def begin(self, backbone: Backbone) -> str:
        """Take what this head starts with from a filled backbone; what was taken, for the record."""
        return ""
