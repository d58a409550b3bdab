from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from models.data.classes import ClassSet
from models.evaluation.activations import ActivationPeak, watch_activations
from models.evaluation.cost import cost
from models.presets import preset
from models.segmenter import Segmenter

MAP = 16 * 16 * 4  # bytes of one channel
CLASSES = ClassSet(("a", "b"), ((0, 0, 0),) * 2)


def network() -> nn.Sequential:
    """8 channels, in place, 12 channels, 2 channels."""
    layers = [nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(8, 12, 1), nn.Conv2d(12, 2, 1)]
    return nn.Sequential(*layers).eval().requires_grad_(False)


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_the_peak_is_the_widest_pair_of_neighbours(device: str):
    model, image = network().to(device), torch.zeros(1, 3, 16, 16, device=device)

    with watch_activations() as memory:
        output = model(image)

    # The 8 channels are still held while the 12 are computed; a result in place and the image count nothing.
    assert memory.peak == (8 + 12) * MAP
    assert memory.held == output.numel() * 4 == 2 * MAP


def test_what_is_kept_for_later_stays_in_the_count():
    model, image = network().to("meta"), torch.zeros(1, 3, 16, 16, device="meta")

    with watch_activations() as memory:
        first = model[0](image)
        model[3](model[2](first))
        both = torch.cat([first, first], dim=1)

    # 8 that are kept, 12, and 2 computed from these; then 8 and the 16 of both.
    assert memory.peak == (8 + 16) * MAP
    assert memory.held == (first.numel() + both.numel()) * 4


def test_views_have_no_memory_of_their_own():
    with ActivationPeak() as memory:
        value = torch.ones(10, 10)
        views = [value.t(), value.view(100), value[2:]]

    assert (memory.peak, len(views)) == (400, 3)


@pytest.mark.parametrize(("width", "maps"), [(8, 0), (4, 2)])
@pytest.mark.parametrize("scale", [None, 1.0])
def test_attention_forms_its_map_only_where_the_values_are_narrower(width: int, maps: int, scale: float | None):
    query, value = torch.zeros(1, 1, 500, 8, device="meta"), torch.zeros(1, 1, 500, width, device="meta")

    with watch_activations() as memory:
        F.scaled_dot_product_attention(query, query, value, scale=scale)

    # Scores and their softmax are 500 x 500 each; everything else is some 16 kB a piece.
    assert memory.peak // (500 * 500 * 4) == maps


@pytest.mark.parametrize("name", ["tiny-cgnl-ldv1", "tiny-ann", "tiny-hfgd"])
def test_a_network_without_memory_counts_as_one_on_the_processor(name: str):
    config = preset(name).model
    model = Segmenter(config, CLASSES).eval().requires_grad_(False)
    image = torch.zeros(1, 3, 128, 160)

    with watch_activations() as memory:
        model(image)

    assert cost(config, (128, 160), 2).activations == pytest.approx(memory.peak, rel=1e-3)


def test_without_an_n_by_n_map_four_times_the_positions_need_four_times_the_memory():
    config = preset("tiny-aspp-ldv2").model

    small, large = (cost(config, (side, side)).activations for side in (128, 256))

    assert large / small == pytest.approx(4, rel=0.1)
