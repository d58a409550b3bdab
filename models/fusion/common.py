"""Common fusion: c5 + ReLU(BN(conv(c4))), what AFNB is compared with.

Zhu et al., ICCV 2019, arXiv:1908.07678, section 4.4, Table 6.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from models.backbones.pyramid import Pyramid
from models.config import FusionConfig
from models.fusion import FUSIONS
from models.fusion.base import Fusion
from models.layers import conv_bn_relu, resize


@FUSIONS.register("common")
class CommonFusion(Fusion):
    """Add each level to c5 behind a 1x1 convolution, BatchNorm and ReLU, resized where its size differs.

    The paper does not name the size of the kernel; 1x1 is ours.

    Args:
        channels: channels of c2..c5.
        config: ``levels``.

    Shape:
        Pyramid -> (B, C5, h, w)
    """

    def __init__(self, channels: Sequence[int], config: FusionConfig) -> None:
        super().__init__()
        self.out_channels = channels[-1]
        self.projections = nn.ModuleDict(
            {f"c{level}": conv_bn_relu(channels[level - 2], channels[-1], 1) for level in config.levels}
        )

    def forward(self, pyramid: Pyramid) -> Tensor:
        fused = pyramid.c5
        size = (fused.shape[-2], fused.shape[-1])
        for name, project in self.projections.items():
            fused = fused + resize(project(getattr(pyramid, name)), size)
        return fused
