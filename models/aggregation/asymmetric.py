"""Attention of all positions to a few anchors: what APNB and AFNB have in common.

Zhu et al., ICCV 2019, arXiv:1908.07678, eq. 1 to 17 and Fig. 4.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.config import AsymmetricConfig
from models.layers import biased_conv_bn_relu
from models.stages import Stage

_POOLS = {"average": F.adaptive_avg_pool2d, "max": F.adaptive_max_pool2d}


class AnchorSampling(nn.Module):
    """Take S anchors from maps of the same size, at the same places of each (eq. 8).

    Pooled grids follow one another in the order of ``anchors``, each row-major. Random positions are drawn with
    replacement, as numpy's choice does; a pyramid of them is as many positions. They are drawn anew at every call in
    training, and are always the same in evaluation. A map may be smaller than a grid: its cells then overlap.

    Args:
        config: ``sampling`` and ``anchors``.

    Shape:
        each map (B, C, H, W) -> (B, C, S); S = sum of n * n, or H * W without sampling
    """

    def __init__(self, config: AsymmetricConfig) -> None:
        super().__init__()
        self.sampling, self.widths = config.sampling, config.anchors

    def forward(self, *maps: Tensor) -> tuple[Tensor, ...]:
        if self.sampling in _POOLS:
            return tuple(self._pooled(value) for value in maps)
        flat = tuple(value.flatten(2) for value in maps)
        if self.sampling == "none":
            return flat
        positions = self._positions(flat[0].shape[2]).to(flat[0].device)
        return tuple(value[:, :, positions] for value in flat)

    def _pooled(self, value: Tensor) -> Tensor:
        pool = _POOLS[self.sampling]
        return torch.cat([pool(value, width).flatten(2) for width in self.widths], dim=2)

    def _positions(self, count: int) -> Tensor:
        generator = None if self.training else torch.Generator().manual_seed(0)
        wanted = (sum(width**2 for width in self.widths),)
        return torch.randint(count, wanted, generator=generator, device="cpu")


class AnchorAttention(nn.Module):
    """W_o(f(phi^T theta_P) gamma_P): each position of one map gathers the anchors of the other (eq. 1 to 4, 8 to 10).

    The N x S map is never kept; without softmax it is not even formed, since the product of anchors and values comes
    first. W_o starts at zero, so that the block starts as its input.

    Args:
        channels: C of the map that asks and of the map that answers; twice the same for one map.
        inner: C' of query, key and value.
        config: variant, sampling, anchors and normalisation.
        key_shares: what has the same 1x1 convolution as the key: ``query``, ``value`` or ``nothing``.
        name: prefix of the stages.

    Shape:
        high: (B, C_high, H, W); low: (B, C_low, h, w) -> (B, C_high, H, W)

    Stages:
        NAME.query: (B, C', H, W). NAME.key: (B, C', h, w). NAME.anchors: (B, C', S), the sampled key; not without
        sampling.
    """

    def __init__(
        self, channels: tuple[int, int], inner: int, config: AsymmetricConfig, key_shares: str, name: str
    ) -> None:
        super().__init__()
        high, low = channels
        reference = config.variant == "reference"
        self.normalisation = config.normalisation
        self.scale = inner**-0.5 if reference else 1.0
        self.query = _embedding(high, inner, reference)
        self.key = None if key_shares == "query" else _embedding(low, inner, reference)
        self.value = None if key_shares == "value" else nn.Conv2d(low, inner, 1)
        self.sample = AnchorSampling(config)
        self.out = nn.Conv2d(inner, high, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.get_parameter("bias"))
        self.query_stage = Stage(f"{name}.query", kind="operand")
        self.key_stage = Stage(f"{name}.key", kind="operand")
        sampled = config.sampling != "none"
        info: dict[str, Any] = {"sampling": config.sampling, "anchors": config.anchors}
        info |= {"normalisation": config.normalisation, "scale": self.scale}
        self.anchors_stage = Stage(f"{name}.anchors", kind="operand", **info) if sampled else nn.Identity()

    def forward(self, high: Tensor, low: Tensor) -> Tensor:
        query = self.query(high)
        key = query if self.key is None else self.key(low)
        value = key if self.value is None else self.value(low)
        anchors, values = self.sample(self.key_stage(key), value)
        context = self.attend(self.query_stage(query).flatten(2), self.anchors_stage(anchors), values)
        return self.out(context.unflatten(2, high.shape[-2:]))

    def attend(self, query: Tensor, anchors: Tensor, values: Tensor) -> Tensor:
        """Values weighted by the normalised scores.

        Args:
            query: (B, C', N).
            anchors: (B, C', S), the keys.
            values: (B, C', S).

        Returns:
            (B, C', N).
        """
        if self.normalisation == "softmax":
            # With a dimension of heads and C' innermost, torch takes a kernel that never forms the N x S map.
            rows, keys, gathered = (part.transpose(1, 2)[:, None].contiguous() for part in (query, anchors, values))
            return F.scaled_dot_product_attention(rows, keys, gathered, scale=self.scale)[:, 0].transpose(1, 2)
        # Half of the division on either side keeps a sum over many anchors in the range of fp16.
        share = anchors.shape[2] ** -0.5 if self.normalisation == "rescale" else 1.0
        summary = (values * share) @ (anchors * share).transpose(1, 2)
        return summary @ (query * self.scale)


class Join(nn.Module):
    """Context and input, concatenated or summed (eq. 5, 11, 17).

    The published code puts 1x1 convolution, BatchNorm, for APNB ReLU, and dropout of channels behind the
    concatenation; the equations put nothing there.

    Args:
        channels: C of context and input.
        config: ``output`` and ``variant``.
        relu: ReLU behind the BatchNorm.
        dropout: probability.

    Shape:
        context, features: (B, C, H, W) -> (B, C, H, W), or (B, 2 C, H, W) for ``concat`` in the variant ``paper``
    """

    def __init__(self, channels: int, config: AsymmetricConfig, relu: bool, dropout: float) -> None:
        super().__init__()
        self.sums = config.output == "sum"
        self.fuse = nn.Sequential()
        self.out_channels = channels if self.sums or config.variant == "reference" else 2 * channels
        if config.variant == "reference" and not self.sums:
            self.fuse.append(nn.Conv2d(2 * channels, channels, 1)).append(nn.BatchNorm2d(channels))
            if relu:
                self.fuse.append(nn.ReLU(inplace=True))
            self.fuse.append(nn.Dropout2d(dropout))

    def forward(self, context: Tensor, features: Tensor) -> Tensor:
        return context + features if self.sums else self.fuse(torch.cat([context, features], dim=1))


def _embedding(channels: int, inner: int, reference: bool) -> nn.Module:
    return biased_conv_bn_relu(channels, inner, 1) if reference else nn.Conv2d(channels, inner, 1)
