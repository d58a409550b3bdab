from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from models.config import ModelConfig, UpsamplingConfig
from models.data.classes import ClassSet
from models.evaluation.cost import cost
from models.presets import preset
from models.segmenter import Segmenter


def convolution_macs(config: ModelConfig, size: tuple[int, int], num_classes: int) -> int:
    """A real network on a real image: every output element of a convolution is k*k*C_in/groups products."""
    classes = ClassSet(tuple(map(str, range(num_classes))), ((0, 0, 0),) * num_classes)
    model = Segmenter(config, classes).eval()
    counted = []

    def count(layer: nn.Conv2d, _inputs: tuple, output: Tensor) -> None:
        rows, columns = layer.kernel_size
        counted.append(output.numel() * rows * columns * layer.in_channels // layer.groups)

    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(count)
    with torch.no_grad():
        logits = model(torch.zeros(1, 3, *size)).logits
    # The classifier is a product of the feature with the class tokens, not a layer.
    return sum(counted) + logits.numel() * model.head.out_channels


def test_the_macs_of_a_convolutional_network_are_those_of_its_convolutions():
    config = preset("tiny-fcn").model

    assert cost(config, (48, 72), 5).macs == convolution_macs(config, (48, 72), 5)


def test_local_attention_counts_as_the_equation_has_it():
    config = preset("tiny-aspp-ldv2").model
    cells = 8 * 10  # a 64x80 image at output stride 8

    found = cost(config, (64, 80), 5).macs

    # 5x5 samples, 16 channels, scores and weighted sum.
    assert found == convolution_macs(config, (64, 80), 5) + 2 * 25 * 16 * cells


def test_full_attention_counts_its_scores_once():
    base = preset("tiny-hfgd").model
    config = replace(base, decoder="linear", upsampling=UpsamplingConfig(channels=16))
    cells = 4 * 5  # a 128x160 image at output stride 32

    # Keys of 8, values of 16 channels, which the operator takes as two groups of 8.
    found = cost(config, (128, 160), 5)

    assert found.macs == convolution_macs(config, (128, 160), 5) + (8 + 16) * cells**2
    assert sum(found.parts.values()) == found.macs


def test_a_larger_window_costs_its_samples_and_nothing_else():
    config = preset("tiny-aspp-ldv2").model
    small = replace(config, distribution=replace(config.distribution, kernel=3))

    difference = cost(config, (64, 64)).macs - cost(small, (64, 64)).macs

    assert difference == 2 * (25 - 9) * 16 * 64


# Li et al.'s published code; MACs at 769x769, 19 classes, without the auxiliary head.
@pytest.mark.parametrize(
    ("name", "params", "params_aux", "macs"),
    [
        ("galdnet-r101", 66_664_915, 71_394_790, 646.1e9),
        ("galdnet-r50", 47_672_787, 52_402_662, 467.9e9),
    ],
)
def test_the_published_networks_cost_what_the_published_code_does(name: str, params: int, params_aux: int, macs: float):
    found = cost(preset(name).model)

    assert (found.params, found.params_aux) == (params, params_aux)
    assert found.macs == pytest.approx(macs, rel=1e-3)


def test_a_network_without_auxiliary_head_has_one_count():
    config = replace(preset("tiny-fcn").model, auxiliary=False)

    found = cost(config, (64, 64))

    assert found.params == found.params_aux
    assert found.size == (64, 64)


def test_an_image_below_the_minimum_is_refused():
    with pytest.raises(ValueError, match="needs at least"):
        cost(preset("tiny-cgnl-ldv1").model, (64, 64))


def test_a_deformable_convolution_counts_as_a_plain_one():
    base = preset("tiny-hfgd").model
    plain = UpsamplingConfig(channels=16)
    fapn = cost(replace(base, decoder="fapn", upsampling=plain), (64, 64), 5).macs
    semantic = cost(replace(base, decoder="semantic_fpn", upsampling=plain), (64, 64), 5).macs

    # c2..c4 have 16, 24, 32 channels; a lateral became a selection, whose 1x1 on the mean is new; then per position
    # the comparison of 32 channels, 216 offsets and masks, and the deformable 3x3.
    cells = {16: 16 * 16, 24: 8 * 8, 32: 4 * 4}
    aligned = sum(area * (32 * 16 + 9 * 16 * 216 + 9 * 16 * 16) for area in cells.values())
    assert fapn - semantic == sum(channels**2 for channels in cells) + aligned
