"""Object-contextual representations (OCR): a position's context is a mixture of the image's object regions.

Yuan et al., ECCV 2020, arXiv:1909.11065; as an encoder in Table 1 of HFGD.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.aggregation import AGGREGATIONS
from models.aggregation.base import Aggregation
from models.config import AggregationConfig
from models.layers import conv_bn_relu
from models.stages import Stage


@AGGREGATIONS.register("ocr")
class ObjectContext(Aggregation):
    """Soft regions (one a class) pool the features to K vectors; each position attends to them.

    Args:
        channels: C of the input.
        config: ``regions`` K, ``inner`` of query and key, ``channels`` of the features and of the output.

    Shape:
        (B, C, H, W) -> (B, config.channels, H, W)

    Stages:
        ocr.logits: (B, K, H, W), the regions before their softmax over positions; supervised as an auxiliary head.
        ga.query: (B, inner, H, W). ga.key: (B, inner, K, 1) operands. ga.branches: (B, 2 C, H, W), context and pixels.
    """

    reduces = True

    def __init__(self, channels: int, config: AggregationConfig) -> None:
        super().__init__()
        width, inner = config.channels, config.inner
        self.regions = nn.Sequential(conv_bn_relu(channels, width, 3), nn.Conv2d(width, config.regions, 1))
        self.enter = conv_bn_relu(channels, width, 3)
        self.query = nn.Sequential(conv_bn_relu(width, inner, 1), conv_bn_relu(inner, inner, 1))
        self.key = nn.Sequential(conv_bn_relu(width, inner, 1), conv_bn_relu(inner, inner, 1))
        self.value = conv_bn_relu(width, inner, 1)
        self.widen = conv_bn_relu(inner, width, 1)
        self.leave = conv_bn_relu(2 * width, width, 1)
        self.logits_stage = Stage("ocr.logits", kind="logits", loss="auxiliary")
        self.query_stage = Stage("ga.query", kind="operand")
        self.key_stage = Stage("ga.key", kind="operand")
        branches = (("object context", width), ("pixels", width))
        self.branches_stage = Stage("ga.branches", kind="branches", branches=branches)
        self.out_channels = width

    def forward(self, features: Tensor) -> Tensor:
        regions = self.logits_stage(self.regions(features))
        pixels = self.enter(features)
        shares = regions.flatten(2).softmax(dim=2)
        objects = (pixels.flatten(2) @ shares.transpose(1, 2))[..., None]
        query, key = self.query_stage(self.query(pixels)), self.key_stage(self.key(objects))
        operands = (query, key, self.value(objects))
        queries, keys, values = (part.flatten(2).transpose(1, 2)[:, None].contiguous() for part in operands)
        context = F.scaled_dot_product_attention(queries, keys, values)[:, 0].transpose(1, 2).reshape_as(query)
        return self.leave(self.branches_stage(torch.cat([self.widen(context), pixels], dim=1)))
