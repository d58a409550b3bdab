import pytest
import torch

from models.backbones.pyramid import Pyramid
from models.config import AggregationConfig, AsymmetricConfig, FusionConfig, ModelConfig
from models.fusion import FUSIONS
from models.heads.ann import AnnHead
from models.stages import record, stages_of

CHANNELS = (3, 4, 6, 10)


def build(fusion: str = "afnb", ga: str = "apnb", variant: str = "reference", **options) -> AnnHead:
    asymmetric = AsymmetricConfig(variant=variant)
    config = ModelConfig(
        head="ann",
        aggregation=AggregationConfig(
            ga, channels=8, inner=4, groups=2, rates=(1, 2), asymmetric=asymmetric, **options
        ),
        fusion=FusionConfig(fusion, inner=4, asymmetric=asymmetric),
        width=8,
    )
    return AnnHead(CHANNELS, config).eval()


def pyramid(height: int = 7, width: int = 8) -> Pyramid:
    return Pyramid(*(torch.randn(2, channels, height, width) for channels in CHANNELS))


@pytest.mark.parametrize("ga", ["none", "nonlocal", "apnb", "cgnl", "aspp"])
@pytest.mark.parametrize("fusion", FUSIONS.names())
def test_fusion_then_a_convolution_then_global_aggregation(fusion, ga):
    head, levels = build(fusion, ga), pyramid()
    with torch.no_grad(), record(head) as seen:
        output = head(levels)
        fused = head.fusion(levels)
        features = head.reduce(fused)

    assert torch.equal(seen["fusion.features"], fused)
    assert torch.equal(seen["fcn.features"], features)
    with torch.no_grad():
        assert torch.equal(seen["ga.context"], head.aggregation(features))
    assert torch.equal(output.features, seen["ga.context"])
    assert output.features.shape == (2, head.out_channels, 7, 8)


def test_the_stages_of_the_full_network():
    assert set(stages_of(build())) == {
        *("fusion.c4.query", "fusion.c4.key", "fusion.c4.anchors", "fusion.features"),
        *("fcn.features", "ga.query", "ga.key", "ga.anchors", "ga.branches", "ga.context"),
    }


@pytest.mark.parametrize(("variant", "channels"), [("reference", 8), ("paper", 16)])
def test_stage_classifiers_sit_before_and_behind_global_aggregation(variant, channels):
    head = build(variant=variant)
    output = head(pyramid())

    assert head.stage_channels == {"fcn": 8, "ga": channels}
    assert {name: value.shape[1] for name, value in output.stage_features.items()} == head.stage_channels
    assert output.stage_features["ga"] is output.features
    assert head.out_channels == channels


def test_global_aggregation_at_half_the_size_names_its_smallest_map():
    head = build(half_size=True)

    assert head.min_map == 3
    assert head(pyramid(3, 3)).features.shape[-2:] == (3, 3)
    assert build().min_map == 1


@pytest.mark.parametrize(("height", "width", "batch"), [(1, 1, 1), (4, 5, 1), (4, 4, 2), (5, 3, 2)])
def test_levels_may_be_finer_than_c5(height, width, batch):
    sizes = [(height * ratio, width * ratio) for ratio in (8, 4, 2, 1)]
    levels = Pyramid(*(torch.randn(batch, c, *size) for c, size in zip(CHANNELS, sizes, strict=True)))

    assert build()(levels).features.shape == (batch, 8, height, width)
