import torch
import torch.nn.functional as F

from models.backbones.pyramid import Pyramid
from models.config import FusionConfig
from models.fusion.common import CommonFusion
from models.fusion.identity import NoFusion

CHANNELS = (2, 3, 4, 6)


def levels(ratio: int = 1) -> Pyramid:
    return Pyramid(
        *(torch.randn(1, channels, 3 * ratio, 4 * ratio) for channels in CHANNELS[:3]), torch.randn(1, 6, 3, 4)
    )


def test_it_adds_relu_of_batchnorm_of_a_convolution_of_c4():
    module, pyramid = CommonFusion(CHANNELS, FusionConfig("common")).eval(), levels()
    weight = module.state_dict()["projections.c4.0.weight"][:, :, 0, 0]

    added = torch.einsum("oc,bchw->bohw", weight, pyramid.c4).clamp(min=0) / (1 + 1e-5) ** 0.5

    torch.testing.assert_close(module(pyramid), pyramid.c5 + added)


def test_responses_of_several_levels_are_summed_at_the_size_of_c5():
    module, pyramid = CommonFusion(CHANNELS, FusionConfig("common", levels=(2, 4))).eval(), levels(2)

    responses = [
        F.interpolate(module.projections[name](level), size=(3, 4), mode="bilinear", align_corners=False)
        for name, level in (("c2", pyramid.c2), ("c4", pyramid.c4))
    ]

    torch.testing.assert_close(module(pyramid), pyramid.c5 + responses[0] + responses[1])


def test_no_fusion_is_c5():
    pyramid = levels()

    assert NoFusion(CHANNELS, FusionConfig("none"))(pyramid) is pyramid.c5
