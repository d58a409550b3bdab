import torch
from torch import nn

from models.aggregation.cae import ContextAugmentedEncoder
from models.config import AggregationConfig
from models.stages import record, stages_of


def test_at_the_papers_widths_it_has_the_papers_layers():
    with torch.device("meta"):
        encoder = ContextAugmentedEncoder(2048, AggregationConfig("cae", channels=256))
    layers = [layer for layer in encoder.modules() if isinstance(layer, nn.Conv2d)]

    assert [(layer.in_channels, layer.out_channels, layer.kernel_size[0]) for layer in layers] == [
        (2048, 2048, 1),  # the wide linear layer
        (2048, 512, 1),
        (512, 64, 1),  # query
        (512, 64, 1),  # key
        (512, 512, 1),  # value
        (512, 512, 1),  # of CAR
        (512, 256, 3),  # trailing
    ]
    assert encoder.out_channels == 256


def test_the_regularised_feature_is_what_the_trailing_convolution_sees():
    config = AggregationConfig("cae", channels=6)
    encoder, features = ContextAugmentedEncoder(10, config).eval(), torch.randn(1, 10, 4, 5)
    with record(encoder) as seen:
        context = encoder(features)

    assert stages_of(encoder)["car.features"].info["loss"] == "car"
    torch.testing.assert_close(encoder.leave(seen["car.features"]), context)
    assert seen["ga.query"].shape == seen["ga.key"].shape == (1, 64, 4, 5)
