import math

import torch
import torch.nn.functional as F
from torch import Tensor

from models.aggregation.psp import PyramidPooling
from models.config import AggregationConfig


def pooled(features: Tensor, bins: int) -> Tensor:
    """Mean over each cell of a bins x bins grid, cells as adaptive pooling cuts them."""
    height, width = features.shape[-2:]
    cells = torch.empty(*features.shape[:2], bins, bins)
    for i in range(bins):
        for j in range(bins):
            rows = slice(i * height // bins, math.ceil((i + 1) * height / bins))
            columns = slice(j * width // bins, math.ceil((j + 1) * width / bins))
            cells[..., i, j] = features[..., rows, columns].mean((-2, -1))
    return cells


def normed(value: Tensor, state: dict[str, Tensor], norm: str) -> Tensor:
    scale = state[f"{norm}.weight"] / (state[f"{norm}.running_var"] + 1e-5).sqrt()
    shift = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale
    return value * scale[:, None, None] + shift[:, None, None]


def test_it_equals_pooling_projecting_and_upsampling_by_hand():
    module = PyramidPooling(6, AggregationConfig("psp", channels=5, inner=4, bins=(1, 2, 3, 6))).eval()
    for layer in module.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(layer.weight)
            torch.nn.init.normal_(layer.bias)
    features, state = torch.randn(2, 6, 7, 11), module.state_dict()

    branches = []
    for i, bins in enumerate((1, 2, 3, 6)):
        projected = torch.einsum("ocxy,bcij->boij", state[f"branches.{i}.0.weight"], pooled(features, bins))
        cells = normed(projected, state, f"branches.{i}.1")
        branches.append(F.interpolate(cells, (7, 11), mode="bilinear", align_corners=True))
    stacked = torch.cat([*branches, features], 1)
    expected = normed(F.conv2d(stacked, state["bottleneck.0.weight"], padding=1), state, "bottleneck.1").relu()

    assert any((branch < 0).any() for branch in branches)  # no ReLU in a branch
    torch.testing.assert_close(module(features), expected)


def test_a_constant_image_stays_constant_away_from_the_border():
    module = PyramidPooling(3, AggregationConfig("psp", channels=4, inner=2)).eval()

    context = module(torch.ones(1, 3, 9, 9))[..., 1:-1, 1:-1]

    torch.testing.assert_close(context, context[..., :1, :1].expand_as(context))
