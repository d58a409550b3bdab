"""What every local distribution is."""

from __future__ import annotations

from torch import nn


class Distribution(nn.Module):
    """Context (B, C, H, W) and backbone feature (B, C', H, W) -> (B, out_channels, H, W).

    Attributes:
        out_channels: channels of the result.
        needs_context: whether it cannot work on the backbone feature alone.
        min_map: smallest side of a map that it can take.
    """

    out_channels: int
    needs_context: bool = True
    min_map: int = 1
