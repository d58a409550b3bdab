from dataclasses import replace
from typing import Any

import pytest
import timm
import torch

from models.backbones.timm_pyramid import TimmPyramid
from models.backbones.weights import fill, match
from models.checkpoint import load_checkpoint, save_checkpoint
from models.config import BackboneConfig
from models.data.classes import ClassSet
from models.presets import preset
from models.segmenter import Segmenter

CONVNEXT, SWIN = "test_convnext", "swin_tiny_patch4_window7_224"


def build(name: str) -> TimmPyramid:
    return TimmPyramid(BackboneConfig(name, output_stride=32)).eval()


@pytest.mark.parametrize("name", [CONVNEXT, SWIN])
def test_weights_of_the_whole_network_fit_and_features_are_timms(name):
    reference: Any = timm.create_model(name, pretrained=False).eval()
    backbone = build(name)
    fill(backbone.body, match(backbone.body, reference.state_dict(), "whole network"))
    image = torch.randn(1, 3, 224, 224)

    with torch.no_grad():
        levels = reference.forward_intermediates(image, intermediates_only=True, output_fmt="NCHW")
        for own, expected in zip(backbone(image), levels[-4:], strict=True):
            torch.testing.assert_close(own, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", [CONVNEXT, SWIN])
def test_the_rest_of_an_image_is_filled_with_zeros_to_whole_patches(name):
    backbone, image = build(name), torch.randn(1, 3, 61, 94)
    filled = torch.nn.functional.pad(image, (0, 2, 0, 3))

    with torch.no_grad():
        first, second = backbone(image), backbone(filled)

    assert [tuple(level.shape[-2:]) for level in first] == [(16, 24), (8, 12), (4, 6), (2, 3)]
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize(
    ("name", "channels"),
    [("convnext_large", (192, 384, 768, 1536)), ("swin_large_patch4_window12_384", (192, 384, 768, 1536))],
)
def test_the_papers_backbones_give_their_levels(name, channels):
    with torch.device("meta"):
        backbone = build(name)
        levels = backbone(torch.empty(1, 3, 513, 513))

    assert backbone.channels == channels
    assert [tuple(level.shape[1:]) for level in levels] == list(
        zip(channels, (129, 65, 33, 17), (129, 65, 33, 17), strict=True)
    )


@pytest.mark.parametrize("name", [CONVNEXT, SWIN])
@pytest.mark.parametrize("count", [1, 3])
def test_leading_stages_are_the_stem_and_whole_stages(name, count):
    backbone = build(name)
    frozen = {id(value) for module in backbone.leading_stages(count) for value in module.parameters()}
    left = {key.split(".")[0] for key, value in backbone.body.named_parameters() if id(value) not in frozen}

    assert {part[-1] for part in left} == {str(stage) for stage in range(count, 4)}


@pytest.mark.parametrize("name", [CONVNEXT, SWIN])
@pytest.mark.parametrize(
    "options", [{"output_stride": 8}, {"output_stride": 16}, {"output_stride": 32, "multi_grid": (1, 2)}]
)
def test_dilation_is_refused_with_what_to_do_instead(name, options):
    with pytest.raises(ValueError, match=rf"backbone '{name}' cannot be dilated: .*must be 32, .* a decoder upsamples"):
        TimmPyramid(BackboneConfig(name, **options))


def test_a_checkpoint_of_a_swin_comes_back_with_the_tables_that_no_file_holds(tmp_path):
    base = preset("tiny-hfgd").model
    classes = ClassSet(("sky", "road"), ((0, 0, 0),) * 2)
    model = Segmenter(replace(base, backbone=replace(base.backbone, name=SWIN)), classes).eval()
    save_checkpoint(model, tmp_path / "swin.safetensors", {}, half=False)
    image = torch.randn(1, 3, 64, 70)

    with torch.no_grad():
        loaded = load_checkpoint(tmp_path / "swin.safetensors").model
        assert torch.equal(loaded(image).logits, model(image).logits)
