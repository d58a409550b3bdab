from dataclasses import replace
from functools import cache

import pytest
import torch

from models.config import BackboneConfig, DistributionConfig
from models.data.classes import ClassSet
from models.decoders import DECODERS
from models.heads import HEADS
from models.presets import PRESETS, preset
from models.presets.gald import AGGREGATION_LABELS, family
from models.segmenter import Segmenter, build_backbone

CITYSCAPES = ClassSet(tuple(f"class {k}" for k in range(19)), ((0, 0, 0),) * 19)


def on_meta(config) -> Segmenter:
    with torch.device("meta"):
        return Segmenter(config, CITYSCAPES)


def count(name: str, auxiliary: bool = False) -> int:
    model = on_meta(replace(preset(name).model, auxiliary=auxiliary))
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ("name", "auxiliary", "expected"),
    [
        ("galdnet-r101", False, 66.664915),  # the reference network, exactly
        ("galdnet-r101", True, 71.39),
        ("galdnet-r50", False, 47.67),
        ("galdnet-r50", True, 52.40),
    ],
)
def test_parameters_of_the_published_networks(name, auxiliary, expected):
    digits = len(str(expected).split(".")[1].ljust(2, "0"))

    assert round(count(name, auxiliary) / 1e6, digits) == expected


@pytest.mark.parametrize("name", ["psp", "aspp"])
def test_ldv2_adds_what_the_paper_says(name):
    # 3 x (256 + 2048) x 256 + 256 x 2048 in the block, and 2048 - 256 more channels at 19 classes.
    assert count(f"{name}-ldv2") - count(f"{name}-concat") == 2_293_760 + 1792 * 19 == 2_327_808


@pytest.mark.parametrize("name", ["cgnl", "nonlocal"])
def test_ldv2_behind_a_ga_that_keeps_2048_channels_adds_more_and_the_preset_says_so(name):
    assert count(f"{name}-ldv2") - count(f"{name}-concat") == 3 * 4096 * 256 + 256 * 2048 == 3_670_016
    assert "3.7 M" in preset(f"{name}-ldv2").deviation
    assert "3.7 M" not in preset("aspp-ldv2").deviation


def test_ldv1_adds_three_depthwise_convolutions():
    # Each: 3 x 3 weights, a bias and two of BatchNorm for 512 channels: 0.018 M.
    assert count("cgnl-ldv1") - count("cgnl") == 3 * 512 * (9 + 1 + 2) == 18_432


def test_the_whole_galdv1_block_has_its_435_thousand():
    head = on_meta(replace(preset("cgnl-ldv1").model, backbone=BackboneConfig("tiny"))).head
    block = [*head.aggregation.parameters(), *head.distribution.parameters()]

    assert sum(parameter.numel() for parameter in block) == 435_200


def test_masks_that_learn_nothing_have_the_parameters_of_ga_alone():
    swap = replace(preset("cgnl-ldv1-average").model, backbone=BackboneConfig("tiny"))
    models = [on_meta(swap), on_meta(replace(swap, arrangement="ga"))]
    counts = [sum(parameter.numel() for parameter in model.parameters()) for model in models]

    assert counts[0] == counts[1]


@cache
def channels(config: BackboneConfig) -> tuple[int, ...]:
    """Of c2..c5; every backbone is built once."""
    with torch.device("meta"):
        return tuple(build_backbone(config).channels)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_builds_at_its_own_widths_and_says_what_it_is(name):
    chosen = PRESETS[name]
    config, levels = chosen.model.for_classes(19), channels(chosen.model.backbone)
    with torch.device("meta"):
        head = HEADS.get(config.head)(levels, config)
        DECODERS.get(config.decoder)(head.out_channels, 19, config, levels)

    assert levels[0] < levels[-1]
    assert chosen.system
    assert chosen.paper or name.startswith("tiny-")


def test_an_unknown_preset_is_refused_with_the_names():
    with pytest.raises(ValueError, match=r"preset is 'gald', must be one of .*'galdnet-r101'"):
        preset("gald")


def test_the_deep_stem_and_multi_grid_belong_to_the_published_networks_alone():
    gald = dict(family())
    special = {name for name, entry in gald.items() if entry.model.backbone.deep_stem}
    gridded = {name for name, entry in gald.items() if entry.model.backbone.multi_grid}

    assert special == gridded == {"galdnet-r50", "galdnet-r101"}
    assert preset("galdnet-r101").model.backbone.multi_grid == (1, 2, 4)


@pytest.mark.parametrize("name", [*AGGREGATION_LABELS, "small-cgnl"])
def test_ldv1_and_its_baseline_differ_in_the_distribution_alone(name):
    baseline, gald = preset(name).model, preset(f"{name}-ldv1").model

    assert replace(gald, arrangement="ga", distribution=DistributionConfig("none")) == baseline
    assert gald.distribution.name == "depthwise"


@pytest.mark.parametrize(
    ("baseline", "gald"),
    [("small-aspp", "small-aspp-ldv2"), *((f"{n}-concat", f"{n}-ldv2") for n in AGGREGATION_LABELS)],
)
def test_ldv2_and_its_baseline_differ_in_the_distribution_alone(baseline, gald):
    with_ld = preset(gald).model

    assert replace(with_ld, arrangement="ga", distribution=DistributionConfig("none")) == preset(baseline).model
    assert with_ld.distribution.name == "affinity"


def test_aspp_of_the_papers_has_dropout_and_its_rates():
    config = preset("aspp").model.aggregation

    assert (config.inner, config.rates, config.dropout) == (256, (12, 24, 36), 0.1)
    assert (config.channels, preset("psp").model.aggregation.bins) == (512, (1, 2, 3, 6))
