"""No local distribution: the context goes on as it is.

GA alone, in Table I (a) of Li et al., arXiv:2107.13154.
"""

from __future__ import annotations

from torch import Tensor

from models.config import DistributionConfig
from models.distribution import DISTRIBUTIONS
from models.distribution.base import Distribution


@DISTRIBUTIONS.register("none")
class NoDistribution(Distribution):
    """Return the context.

    Shape:
        context: (B, C, H, W) -> (B, C, H, W)
    """

    def __init__(self, channels: int, local_channels: int, config: DistributionConfig, variant: str) -> None:
        super().__init__()
        self.out_channels = channels

    def forward(self, context: Tensor, local: Tensor) -> Tensor:
        return context
