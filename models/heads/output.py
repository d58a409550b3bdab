"""What every head is and returns."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn


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
