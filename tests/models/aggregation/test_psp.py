import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from models.aggregation.psp import PyramidPooling
from models.config import AggregationConfig


def pooled(features: Tensor, bins: int) -> Tensor:
    """Mean over each cell of a bins x bins grid, cells as adaptive pooling cuts them."""
    height, width = features.shape[-2:]
    cells = features.new_empty(*features.shape[:2], bins, bins)
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


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("size", [(7, 11), (8, 6), (5, 4), (1, 1)])
def test_it_equals_pooling_projecting_and_upsampling_by_hand(batch, size):
    module = PyramidPooling(6, AggregationConfig("psp", channels=5, inner=4, bins=(1, 2, 3, 6))).double().eval()
    for layer in module.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(layer.weight)
            torch.nn.init.normal_(layer.bias)
    features, state = torch.randn(batch, 6, *size, dtype=torch.float64), module.state_dict()

    branches = []
    for i, bins in enumerate((1, 2, 3, 6)):
        projected = torch.einsum("ocxy,bcij->boij", state[f"branches.{i}.0.weight"], pooled(features, bins))
        cells = normed(projected, state, f"branches.{i}.1")
        branches.append(F.interpolate(cells, size, mode="bilinear", align_corners=True))
    stacked = torch.cat([*branches, features], 1)
    expected = normed(F.conv2d(stacked, state["bottleneck.0.weight"], padding=1), state, "bottleneck.1").relu()

    assert any((branch < 0).any() for branch in branches)  # no ReLU in a branch
    torch.testing.assert_close(module(features), expected)


def test_a_constant_image_stays_constant_away_from_the_border():
    module = PyramidPooling(3, AggregationConfig("psp", channels=4, inner=2)).eval()

    context = module(torch.ones(1, 3, 9, 9))[..., 1:-1, 1:-1]

    torch.testing.assert_close(context, context[..., :1, :1].expand_as(context))


def test_a_bin_of_one_cell_does_not_learn_from_one_image_and_says_so():
    one, more = (PyramidPooling(4, AggregationConfig("psp", channels=4, inner=2, bins=bins)) for bins in ((1, 2), (2,)))
    image = torch.randn(1, 4, 6, 5)

    with pytest.raises(ValueError, match=r"batch is 1, of which the bin of 1x1 leaves .* or leave 1 out of bins"):
        one(image)
    assert one(image.expand(2, -1, -1, -1)).isfinite().all()
    assert one.eval()(image).isfinite().all()
    assert more(image).isfinite().all()
