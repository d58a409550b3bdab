"""What every global aggregation is."""

from __future__ import annotations

from torch import nn


class Aggregation(nn.Module):
    """Features (B, C, H, W) -> context (B, out_channels, H, W).

    Attributes:
        out_channels: channels of the context.
        reduces: whether it reads the wide backbone feature and reduces the channels by itself.
        min_map: smallest side of a map that it can take.
    """

    out_channels: int
    reduces: bool = False
    min_map: int = 1
