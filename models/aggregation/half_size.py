"""Run a global aggregation on a map of half the size, as the published GALDv1 code does."""

from __future__ import annotations

from torch import Tensor, nn

from models.layers import halve, resize


class HalfSize(nn.Module):
    """Learned depthwise stride-2 convolution, GA, bilinear upsampling (align_corners=True) back.

    Shape:
        (B, C, H, W) -> (B, C', H, W), H and W at least 3
    """

    def __init__(self, channels: int, aggregation: nn.Module) -> None:
        super().__init__()
        self.shrink = halve(channels)
        self.aggregation = aggregation
        self.out_channels: int = aggregation.out_channels  # ty: ignore[invalid-assignment]

    def forward(self, features: Tensor) -> Tensor:
        size = (features.shape[-2], features.shape[-1])
        return resize(self.aggregation(self.shrink(features)), size, align_corners=True)
