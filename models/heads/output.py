"""What every head returns."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class HeadOutput(NamedTuple):
    """Features for the decoder and the points where stage classifiers sit.

    Attributes:
        features: (B, C, h, w) what the decoder reads.
        stage_features: stage name ``fcn`` or ``ga`` -> (B, C', h, w) before any LD.
    """

    features: Tensor
    stage_features: dict[str, Tensor]
