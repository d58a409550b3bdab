"""What every backbone is and returns."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn


class Pyramid(NamedTuple):
    """Features from fine to coarse.

    Attributes:
        c2: (B, C, h, w) at stride 4.
        c3: (B, C, h, w) at stride 8.
        c4: (B, C, h, w) at stride 16, or the output stride where that is less.
        c5: (B, C, h, w) at the output stride.
    """

    c2: Tensor
    c3: Tensor
    c4: Tensor
    c5: Tensor


class Backbone(nn.Module):
    """Normalised image (B, 3, H, W) -> Pyramid.

    Attributes:
        channels: of c2..c5.
    """

    channels: tuple[int, ...]

    def leading_stages(self, count: int) -> list[nn.Module]:
        """Modules of the stem and the first stages, for freezing; count 1 = stem and c2, 0 = none."""
        return []
