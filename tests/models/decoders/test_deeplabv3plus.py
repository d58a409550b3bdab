import torch
import torch.nn.functional as F
from torch import nn

from models.backbones.pyramid import Pyramid
from models.config import ModelConfig, UpsamplingConfig
from models.decoders.deeplabv3plus import DeepLabV3Plus


def build() -> DeepLabV3Plus:
    config = ModelConfig(decoder="deeplabv3plus", upsampling=UpsamplingConfig(channels=16))
    return DeepLabV3Plus(12, 3, config, (4, 6, 8, 12)).eval()


def test_its_layers_are_the_papers():
    layers = [layer for layer in build().modules() if isinstance(layer, nn.Conv2d)]
    shapes = {(layer.in_channels, layer.out_channels, layer.kernel_size[0]) for layer in layers}

    assert shapes == {(4, 48, 1), (12 + 48, 16, 3), (16, 16, 3), (16, 3, 1)}


def test_context_and_c2_meet_at_stride_4_and_other_levels_do_not_matter():
    decoder = build()
    pyramid = Pyramid(
        *(torch.randn(2, c, *size) for c, size in zip((4, 6, 8, 12), ((9, 11), *((5, 6),) * 3), strict=True))
    )
    context = torch.randn(2, 12, 5, 6)
    with torch.no_grad():
        upsampled = F.interpolate(context, (9, 11), mode="bilinear", align_corners=False)
        expected = decoder.refine(torch.cat([upsampled, decoder.low_level(pyramid.c2)], dim=1))

        torch.testing.assert_close(decoder.upsample(context, pyramid), expected)
        other = pyramid._replace(c3=torch.randn(2, 6, 5, 6), c4=torch.randn(2, 8, 5, 6), c5=torch.randn(2, 12, 5, 6))
        assert torch.equal(decoder(context, other), decoder(context, pyramid))
