"""The networks of the ANN paper: what they cost, and what each row of its ablations is."""

from dataclasses import replace

import pytest

from models.config import AggregationConfig, BackboneConfig, FusionConfig
from models.evaluation.cost import cost
from models.presets import preset
from models.presets.ann import family


def conv(inputs: int, outputs: int, kernel: int = 1, bias: bool = True, norm: bool = True) -> int:
    """Parameters of a convolution, its bias and the BatchNorm behind it."""
    return outputs * (inputs * kernel**2 + bias + 2 * norm)


def resnet(blocks: tuple[int, ...]) -> int:
    """Parameters of a ResNet of bottlenecks with the deep stem 64-64-128, without classifier."""
    found, inputs = sum(conv(i, o, 3, bias=False) for i, o in ((3, 64), (64, 64), (64, 128))), 128
    for stage, count in enumerate(blocks):
        inner = 64 * 2**stage
        for block in range(count):
            first, second, third = (inputs, inner, 1), (inner, inner, 3), (inner, 4 * inner, 1)
            found += sum(conv(i, o, k, bias=False) for i, o, k in (first, second, third))
            found += conv(inputs, 4 * inner, bias=False) if block == 0 else 0
            inputs = 4 * inner
    return found


AFNB = 2 * conv(1024, 256) - 2 * 256 + conv(2048, 256) + conv(256, 2048, norm=False) + conv(4096, 2048)
APNB = conv(512, 256) + conv(512, 256, norm=False) + conv(256, 512, norm=False) + conv(1024, 512)
CLASSIFIER = conv(512, 19, norm=False)
AUXILIARY = conv(1024, 512, 3) + conv(512, 19, norm=False)


@pytest.mark.parametrize(("name", "blocks"), [("ann-r101", (3, 4, 23, 3)), ("ann-r50", (3, 4, 6, 3))])
def test_parameters_of_the_published_network(name, blocks):
    found = cost(preset(name).model, (97, 97))

    assert found.params == resnet(blocks) + AFNB + conv(2048, 512, 3) + APNB + CLASSIFIER
    assert found.params_aux == found.params + AUXILIARY


@pytest.mark.parametrize(("name", "millions"), [("ann-r101", 62.96), ("ann-r101-paper", 63.49)])
def test_both_variants_are_within_a_percent_of_table_2(name, millions):
    found = cost(preset(name).model, (97, 97)).params / 1e6

    assert round(found, 2) == millions
    assert found == pytest.approx(63.17, rel=0.01)


def test_the_published_code_is_within_half_a_percent_of_table_2():
    assert cost(preset("ann-r101").model, (97, 97)).params / 1e6 == pytest.approx(63.17, rel=0.005)


def test_the_rows_of_table_6_differ_from_the_full_network_in_fusion_and_aggregation_alone():
    full = preset("ann-r101").model
    rows = {name.removeprefix("ann-"): entry.model for name, entry in family() if entry.paper == "ANN Table 6"}
    nothing = (FusionConfig("none"), AggregationConfig("none"))

    assert set(rows) == {"baseline", "nb", "apnb", "common", "fnb", "afnb", "common-nb", "fnb-nb"}
    assert (rows["baseline"].fusion, rows["baseline"].aggregation) == nothing
    assert (rows["afnb"].fusion, rows["apnb"].aggregation) == (full.fusion, full.aggregation)
    for name, model in rows.items():
        assert replace(model, fusion=full.fusion, aggregation=full.aggregation) == full
        assert model.fusion.name == ("none" if "f" not in name and "common" not in name else model.fusion.name)
        parts = (model.fusion.asymmetric.sampling, model.aggregation.asymmetric.sampling)
        assert parts == (
            "none" if "fnb" in name and "afnb" not in name else "average",
            "none" if name.split("-")[-1] == "nb" else "average",
        )


def test_the_rows_of_table_7_sample_as_it_says():
    rows = [entry.model.aggregation.asymmetric for _, entry in family() if entry.paper == "ANN Table 7"]

    assert [(row.sampling, row.anchors) for row in rows] == [
        *(("random", (15,)), ("max", (15,)), ("average", (15,))),
        *(("random", (1, 2, 3, 6)), ("max", (1, 2, 3, 6)), ("average", (1, 2, 3, 6)), ("average", (1, 4, 8, 12))),
    ]
    assert preset("ann-pyramid-max-50").system == "ANN, pyramid max, S = 50"


def test_the_rows_of_table_9_fuse_ever_finer_levels():
    names = ("ann-afnb", "ann-afnb-34", "ann-afnb-234")

    assert [preset(name).model.fusion.levels for name in names] == [(4,), (3, 4), (2, 3, 4)]
    assert {preset(name).model.aggregation.name for name in names} == {"none"}


def test_the_backbone_is_that_of_the_published_code():
    backbone = preset("ann-r101").model.backbone

    assert backbone == BackboneConfig("resnet101", 8, (), deep_stem=True, dilate_first=False)
