"""SemanticFPN, and HFGD's ultra SemanticFPN (U-SFPN).

Kirillov et al., Panoptic FPN, CVPR 2019; Huang et al., HFGD, section 3.3. 256 channels for both, as HFGD compares them.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from models.backbones.pyramid import Pyramid
from models.config import ModelConfig
from models.decoders import DECODERS
from models.decoders.upsampling import UpsamplingDecoder, size_of
from models.layers import conv_bn_relu, resize


class TopDown(nn.Module):
    """Laterals of equal width; from the coarsest on, each is added to the next finer one.

    Args:
        inputs: channels from fine to coarse.
        channels: C of every output.
        kernel: of the laterals.

    Shape:
        (B, C_i, h_i, w_i) from fine to coarse -> (B, C, h_i, w_i)
    """

    def __init__(self, inputs: Sequence[int], channels: int, kernel: int) -> None:
        super().__init__()
        self.laterals = nn.ModuleList(conv_bn_relu(width, channels, kernel) for width in inputs)

    def forward(self, levels: Sequence[Tensor]) -> list[Tensor]:
        summed = [lateral(level) for lateral, level in zip(self.laterals, levels, strict=True)]
        for finer in range(len(summed) - 2, -1, -1):
            summed[finer] = summed[finer] + resize(summed[finer + 1], size_of(summed[finer]))
        return summed


class SemanticBranches(nn.Module):
    """max(1, i) convolutions on level i, each upsampled to the next finer level; the sum, a 1x1.

    Args:
        count: of the levels.
        channels: C.
        finer: one more convolution in every branch, upsampled to twice the size of the finest level.

    Shape:
        (B, C, h_i, w_i) from fine to coarse -> (B, C, h_0, w_0), with ``finer`` (B, C, 2 h_0, 2 w_0)
    """

    def __init__(self, count: int, channels: int, finer: bool = False) -> None:
        super().__init__()
        depths = [max(1, level) + finer for level in range(count)]
        self.finer = finer
        self.branches = nn.ModuleList(
            nn.ModuleList(conv_bn_relu(channels, channels, 3) for _ in range(depth)) for depth in depths
        )
        self.fuse = conv_bn_relu(channels, channels, 1)

    def forward(self, levels: Sequence[Tensor]) -> Tensor:
        sizes = [size_of(level) for level in levels]
        last = [(2 * sizes[0][0], 2 * sizes[0][1])] if self.finer else []
        ends = []
        for index, branch in enumerate(self.branches):
            value = levels[index]
            # The finest level keeps its size behind its first convolution, the others double theirs.
            steps = (sizes[:index][::-1] or sizes[:1]) + last
            for layer, size in zip(branch.children(), steps, strict=True):
                value = resize(layer(value), size)
            ends.append(value)
        return self.fuse(torch.stack(ends).sum(dim=0))


@DECODERS.register("semantic_fpn")
class SemanticFpn(UpsamplingDecoder):
    """Top-down pyramid with 1x1 laterals, then one branch of 3x3 convolutions a level.

    Shape:
        features: (B, C, h, w) and pyramid -> (B, K, H, W) at stride 4
    """

    lateral_kernel = 1

    def __init__(self, channels: int, num_classes: int, config: ModelConfig, levels: Sequence[int]) -> None:
        super().__init__(channels, num_classes, config, levels)
        inputs, width = (*levels[:-1], channels), config.upsampling.channels
        self.pyramid = TopDown(inputs, width, self.lateral_kernel)
        self.branches = SemanticBranches(len(inputs), width, finer=config.upsampling.stride == 2)

    def upsample(self, features: Tensor, pyramid: Pyramid) -> Tensor:
        return self.branches(self.pyramid([*pyramid[:-1], features]))


@DECODERS.register("u_sfpn")
class UltraSemanticFpn(SemanticFpn):
    """SemanticFPN with 3x3 laterals, and at stride 2 one more convolution and upsampling in every branch.

    Shape:
        features: (B, C, h, w) and pyramid -> (B, K, H, W) at stride 4 or 2
    """

    lateral_kernel = 3
    strides = (4, 2)
