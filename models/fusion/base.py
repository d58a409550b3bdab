"""What every fusion is."""

from __future__ import annotations

from torch import nn


class Fusion(nn.Module):
    """Pyramid -> (B, out_channels, h, w) with the size of c5, whatever the sizes of the other levels.

    Attributes:
        out_channels: channels of the result.
    """

    out_channels: int
