from dataclasses import replace

import pytest
import torch

from models.data.classes import ClassSet
from models.presets import PRESETS, preset
from models.presets.gald_deep import family
from models.segmenter import Segmenter

CITYSCAPES = ClassSet(tuple(f"class {k}" for k in range(19)), ((0, 0, 0),) * 19)
NETWORKS = dict(family())
# ResNet-101 and 50 without their classifiers: 42,500,160 - 23,508,032.
DEEPER = 18_992_128


def count(name: str) -> int:
    with torch.device("meta"):
        model = Segmenter(replace(preset(name).model, auxiliary=False), CITYSCAPES)
    return sum(value.numel() for value in model.parameters())


@pytest.mark.parametrize("name", ["fcn", "cgnl", "psp", "aspp", "aspp-ldv2"])
def test_resnet101_is_all_that_a_deeper_network_adds(name: str):
    assert count(f"{name}-r101") - count(name) == DEEPER
    assert preset(f"{name}-r101").deviation == preset(name).deviation


def test_the_window_costs_no_parameters():
    assert count("aspp-ldv2-k7-r6") == count("aspp-ldv2") == count("aspp-ldv2-k3-r3")
    assert preset("ldv2").model.distribution.kernel == preset("aspp-ldv2").model.distribution.kernel == 5


def test_a_query_or_key_without_the_local_feature_saves_its_channels():
    assert count("aspp-ldv2") - count("aspp-ldv2-key") == count("aspp-ldv2") - count("aspp-ldv2-query") == 2048 * 256


def test_the_final_network_is_aspp_with_ldv2_on_a_gridded_resnet101():
    step, final = preset("aspp-ldv2-r101").model, preset("galdv2-r101").model

    assert final.backbone.multi_grid == (1, 2, 4)
    assert replace(final, backbone=replace(final.backbone, multi_grid=())) == step
    assert (step.aggregation.name, step.distribution.name, step.backbone.name) == ("aspp", "affinity", "resnet101")


def test_names_and_windows_agree():
    windows = {
        name: entry.model.distribution for name, entry in NETWORKS.items() if entry.paper == "GALD TIP Table II (b)"
    }

    assert len(windows) == 7
    assert all(name.endswith(f"-k{found.kernel}-r{found.dilation}") for name, found in windows.items())
    assert NETWORKS.items() <= PRESETS.items()
