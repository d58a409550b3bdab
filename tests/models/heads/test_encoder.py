import torch

from models.backbones.pyramid import Pyramid
from models.config import AggregationConfig, ModelConfig
from models.heads.encoder import EncoderHead
from models.stages import record

CHANNELS = (4, 6, 8, 12)


def pyramid() -> Pyramid:
    return Pyramid(*(torch.randn(2, channels, 9, 7) for channels in CHANNELS))


def test_without_aggregation_the_context_is_c5():
    head, levels = EncoderHead(CHANNELS, ModelConfig(aggregation=AggregationConfig("none"))), pyramid()

    assert torch.equal(head(levels).features, levels.c5)
    assert head.out_channels == 12


def test_it_is_the_aggregation_of_c5_and_names_what_it_sees_and_returns():
    config = ModelConfig(aggregation=AggregationConfig("aspp", channels=10, inner=4, rates=(1, 2)))
    head, levels = EncoderHead(CHANNELS, config).eval(), pyramid()
    with record(head) as seen:
        output = head(levels)

    assert torch.equal(output.features, head.aggregation(levels.c5))
    assert torch.equal(seen["fcn.features"], levels.c5)
    assert torch.equal(seen["ga.context"], output.features)
    assert head.stage_channels == {"fcn": 12, "ga": 10}
    assert output.stage_features["ga"] is output.features


def test_the_aggregation_runs_at_half_the_size_where_the_configuration_says_so():
    half = AggregationConfig("cgnl", groups=2, half_size=True)

    assert EncoderHead(CHANNELS, ModelConfig(aggregation=half)).min_map == 3
