from dataclasses import replace

import pytest
import timm
import torch
from torch import nn

from models.backbones.dilate import set_output_stride
from models.backbones.timm_pyramid import TimmPyramid
from models.backbones.tiny import TinyPyramid
from models.config import BackboneConfig


def rates(body: nn.Module, layer: int) -> list[int]:
    """Dilation of the 3x3 convolution of every block of a bottleneck ResNet's stage."""
    layers = body.get_submodule(f"layer{layer}").modules()
    return [m.dilation[0] for m in layers if isinstance(m, nn.Conv2d) and m.kernel_size == (3, 3)]


def resnet(name: str = "resnet50", **options) -> nn.Module:
    with torch.device("meta"):
        return TimmPyramid(BackboneConfig(name, **options)).body


def test_gald_dilates_every_block_and_grids_the_last_stage():
    body = resnet(multi_grid=(1, 2, 4))

    assert [rates(body, layer) for layer in (1, 2, 3, 4)] == [[1] * 3, [1] * 4, [2] * 6, [4, 8, 16]]


def test_without_a_grid_the_last_stage_has_one_rate():
    assert rates(resnet(), 4) == [4, 4, 4]


def test_a_grid_is_taken_cyclically_over_the_blocks():
    assert rates(resnet(multi_grid=(1, 2)), 4) == [4, 8, 4]


def test_ann_keeps_the_rate_before_in_the_first_block_as_timm_does():
    body = resnet(dilate_first=False)
    reference = timm.create_model("resnet50", output_stride=8, pretrained=False)

    for layer, expected in ((3, [1, 2, 2, 2, 2, 2]), (4, [2, 4, 4])):
        assert rates(body, layer) == rates(reference, layer) == expected


@pytest.mark.parametrize(("stride", "expected"), [(32, (1, 1, 1)), (16, (1, 1, 2)), (8, (1, 2, 4)), (4, (2, 4, 8))])
def test_every_halving_taken_away_doubles_the_rate(stride, expected):
    body = resnet(output_stride=stride)

    assert tuple(rates(body, layer)[-1] for layer in (2, 3, 4)) == expected


def test_dense_stages_have_no_stride_left_and_padding_equals_the_rate():
    body = resnet(multi_grid=(1, 2, 4))
    dense = [m for layer in (3, 4) for m in body.get_submodule(f"layer{layer}").modules() if isinstance(m, nn.Conv2d)]

    assert {m.stride for m in dense} == {(1, 1)}
    assert all(m.padding == m.dilation for m in dense if m.kernel_size == (3, 3))


@pytest.mark.parametrize("name", ["tiny", "resnet18", "resnet26", "mobilenetv2_100"])
def test_dilated_features_hold_the_strided_ones_at_their_positions(name):
    # Odd sizes at every stage, so that both networks meet the border in the same way.
    make = TinyPyramid if name == "tiny" else TimmPyramid
    strided = make(BackboneConfig(name, output_stride=32, dilate_first=False)).eval().double()
    dense = make(BackboneConfig(name, output_stride=8, dilate_first=False)).eval().double()
    dense.load_state_dict(strided.state_dict())
    image = torch.randn(1, 3, 65, 97, dtype=torch.float64)

    with torch.no_grad():
        coarse, fine = strided(image), dense(image)

    for level, step in ((0, 1), (1, 1), (2, 2), (3, 4)):
        torch.testing.assert_close(fine[level][..., ::step, ::step], coarse[level])


def test_with_the_first_block_dilated_the_values_change():
    strided = TinyPyramid(BackboneConfig("tiny", output_stride=16)).eval()
    dense = TinyPyramid(BackboneConfig("tiny", output_stride=8)).eval()
    dense.load_state_dict(strided.state_dict())
    image = torch.randn(1, 3, 65, 97)

    assert not torch.allclose(dense(image).c4[..., ::2, ::2], strided(image).c4, atol=1e-3)


def test_the_pooled_shortcut_of_resnet_d_becomes_plain():
    body = resnet("resnet26d")
    pools = [
        m for layer in (3, 4) for m in body.get_submodule(f"layer{layer}").modules() if isinstance(m, nn.AvgPool2d)
    ]

    assert [(pool.kernel_size, pool.stride) for pool in pools] == [(1, 1), (1, 1)]


def test_a_stage_that_halves_by_something_else_is_refused_only_where_it_must_be_dilated():
    stages = [[nn.Conv2d(3, 4, 3, padding=1)], [nn.MaxPool2d(2)], [nn.MaxPool2d(2)], [nn.MaxPool2d(2)]]
    set_output_stride(stages, 32)

    with pytest.raises(ValueError, match=r"MaxPool2d with stride 2 cannot be dilated; .* output_stride=32"):
        set_output_stride(stages, 16)


def test_the_rates_of_deeplabv3_and_those_of_its_weights_at_a_finer_stride():
    trained = resnet(output_stride=16, multi_grid=(1, 2, 4))
    opened = resnet(output_stride=8, multi_grid=(1, 2, 4), trained_stride=16)

    # Section 3.2.1: rates 2 (1, 2, 4) at output stride 16. Section 4: rates 2 and 4 of block3 and block4 at 8; the
    # convolution that halved before keeps what it saw.
    assert [rates(trained, layer) for layer in (3, 4)] == [[1] * 6, [2, 4, 8]]
    assert [rates(opened, layer) for layer in (3, 4)] == [[1, 2, 2, 2, 2, 2], [4, 8, 16]]


def test_a_convolution_that_was_dense_halves_at_a_coarser_stride_with_the_rate_it_learnt():
    opened = resnet(output_stride=32, trained_stride=8)

    assert [rates(opened, layer) for layer in (3, 4)] == [[2, 1, 1, 1, 1, 1], [2, 1, 1]]


@pytest.mark.parametrize("name", ["tiny", pytest.param("resnet18", marks=pytest.mark.slow)])
@pytest.mark.parametrize("dilate_first", [True, False])
@pytest.mark.parametrize("trained", [8, 16, 32])
@pytest.mark.parametrize("opened", [4, 8, 16, 32])
def test_weights_of_one_output_stride_keep_their_values_at_every_other(name, dilate_first, trained, opened):
    make = TinyPyramid if name == "tiny" else TimmPyramid
    config = BackboneConfig(name, trained, (1, 2), dilate_first=dilate_first)
    first = make(config).eval().double()
    second = make(replace(config, output_stride=opened, trained_stride=trained)).eval().double()
    second.load_state_dict(first.state_dict())
    image = torch.randn(1, 3, 41, 54, dtype=torch.float64)  # borders where the maps do and do not agree

    with torch.no_grad():
        pairs = list(zip(first(image), second(image), (4, 8, 16, 32), strict=True))

    for mine, theirs, stride in pairs:
        strides = min(stride, trained), min(stride, opened)
        steps = [max(strides) // each for each in strides]
        expected = mine[..., :: steps[0], :: steps[0]]
        torch.testing.assert_close(theirs[..., :: steps[1], :: steps[1]], expected)
