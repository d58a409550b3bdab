import pytest
import torch
from torch import nn

from models.backbones.pyramid import Pyramid
from models.config import AggregationConfig, BackboneConfig, ModelConfig
from models.heads.deeplabv3 import DeepLabV3Head
from models.stages import record

CONFIG = ModelConfig(
    BackboneConfig("tiny", output_stride=16),
    "deeplabv3",
    AggregationConfig("aspp", channels=8, inner=4, rates=(1, 2, 3)),
    auxiliary=False,
)


def pyramid(batch: int = 2, height: int = 9, width: int = 8) -> Pyramid:
    return Pyramid(*(torch.randn(batch, channels, height, width) for channels in (2, 3, 4, 12)))


@pytest.mark.parametrize(("batch", "height", "width"), [(1, 9, 8), (2, 5, 5), (1, 1, 1)])
def test_it_is_aspp_on_c5_and_nothing_else(batch, height, width):
    head, levels = DeepLabV3Head((2, 3, 4, 12), CONFIG).eval(), pyramid(batch, height, width)
    with record(head) as seen:
        output = head(levels)

    assert torch.equal(output.features, head.aspp(levels.c5))
    assert torch.equal(seen["fcn.features"], levels.c5)
    assert torch.equal(seen["ga.context"], output.features)
    assert (head.out_channels, head.stage_channels) == (8, {"fcn": 12, "ga": 8})


def test_one_image_trains_once_batch_norm_is_held_still():
    head = DeepLabV3Head((2, 3, 4, 12), CONFIG)

    with pytest.raises(ValueError, match=r"batch is 1, .* image_pooling=False"):
        head(pyramid(batch=1))
    for layer in head.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.eval()
    assert head(pyramid(batch=1)).features.shape == (1, 8, 9, 8)
