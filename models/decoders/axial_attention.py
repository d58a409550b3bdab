"""Axial attention: every position attends to its column, then to its row.

Ho et al., arXiv:1912.12180; as HFGD puts it behind its upsampler (Huang et al., HFGD, section 3.1).
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class AxialAttention(nn.Module):
    """softmax(q k^T / sqrt(d)) v along the columns, the result along the rows; no residual, projection or norm.

    Args:
        channels: C, a multiple of heads.
        heads: d = C / heads.
        shared: query and key of the input serve both axes and the value is projected once, as in the earlier code of
            HFGD's authors; off, each axis projects what enters it, as in Ho et al., which meets HFGD's MACs.

    Shape:
        (B, C, H, W) -> (B, C, H, W)
    """

    def __init__(self, channels: int, heads: int, shared: bool) -> None:
        super().__init__()
        self.heads, self.shared = heads, shared
        self.columns = _projections(channels)
        self.rows = nn.ModuleDict() if shared else _projections(channels)

    def forward(self, features: Tensor) -> Tensor:
        query, key, value = (layer(features) for layer in self.columns.values())
        value = self._attend(query, key, value)
        if not self.shared:
            query, key, value = (layer(value) for layer in self.rows.values())
        turned = (part.transpose(2, 3) for part in (query, key, value))
        return self._attend(*turned).transpose(2, 3)

    def _attend(self, *parts: Tensor) -> Tensor:
        """Attention along dim 2 of (B, C, H, W)."""
        batch, width = parts[0].shape[0], parts[0].shape[3]
        # (B, C, H, W) -> (B * W, heads, H, d)
        lines = (part.permute(0, 3, 2, 1).unflatten(3, (self.heads, -1)).flatten(0, 1) for part in parts)
        query, key, value = (line.transpose(1, 2).contiguous() for line in lines)
        mixed = F.scaled_dot_product_attention(query, key, value)
        return mixed.transpose(1, 2).flatten(2).unflatten(0, (batch, width)).permute(0, 3, 2, 1)


def _projections(channels: int) -> nn.ModuleDict:
    return nn.ModuleDict({name: nn.Conv2d(channels, channels, 1) for name in ("query", "key", "value")})
