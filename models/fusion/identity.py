"""No fusion: c5 as it is.

Not in the papers as a part: what every network but ANN does.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from models.backbones.pyramid import Pyramid
from models.config import FusionConfig
from models.fusion import FUSIONS
from models.fusion.base import Fusion


@FUSIONS.register("none")
class NoFusion(Fusion):
    """Return c5.

    Shape:
        Pyramid -> (B, C5, h, w)
    """

    def __init__(self, channels: Sequence[int], config: FusionConfig) -> None:
        super().__init__()
        self.out_channels = channels[-1]

    def forward(self, pyramid: Pyramid) -> Tensor:
        return pyramid.c5
