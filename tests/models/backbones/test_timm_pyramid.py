import pytest
import torch
import torchvision
from torch import nn

from models.backbones.timm_pyramid import TimmPyramid
from models.config import BackboneConfig


def on_meta(name: str, **options) -> TimmPyramid:
    with torch.device("meta"):
        return TimmPyramid(BackboneConfig(name, **options))


def sizes(backbone: TimmPyramid, height: int, width: int) -> list[tuple[int, ...]]:
    return [tuple(level.shape[-2:]) for level in backbone(torch.empty(1, 3, height, width, device="meta"))]


@pytest.mark.parametrize(
    ("image", "c5"), [((769, 769), (97, 97)), ((832, 832), (105, 105)), ((1024, 2048), (129, 257))]
)
def test_map_sizes_of_the_published_networks(image, c5):
    backbone = on_meta("resnet50", deep_stem=True, multi_grid=(1, 2, 4))

    assert sizes(backbone, *image)[-1] == c5


@pytest.mark.parametrize("name", ["resnet18", "mobilenetv2_100", "efficientnet_b0", "mobilenetv4_conv_small"])
@pytest.mark.parametrize("stride", [4, 8, 16, 32])
def test_every_family_keeps_the_output_stride(name, stride):
    backbone = on_meta(name, output_stride=stride)

    expected = [(-(-200 // s), -(-136 // s)) for s in (min(stride, own) for own in (4, 8, 16, 32))]
    assert sizes(backbone, 200, 136) == expected


def test_the_deep_stem_is_three_convolutions_and_a_pool_that_rounds_up():
    body = on_meta("resnet50", deep_stem=True).body
    stem = [m for m in body.get_submodule("conv1").modules() if isinstance(m, nn.Conv2d)]

    assert [(m.in_channels, m.out_channels, m.kernel_size[0], m.stride[0]) for m in stem] == [
        (3, 64, 3, 2),
        (64, 64, 3, 1),
        (64, 128, 3, 1),
    ]
    assert body.get_submodule("maxpool").ceil_mode


def test_the_plain_stem_is_the_default():
    body = on_meta("resnet50").body

    assert body.get_submodule("conv1").weight.shape == (64, 3, 7, 7)
    assert not body.get_submodule("maxpool").ceil_mode


def test_features_are_those_of_torchvision_at_stride_8():
    # resnet26 is timm's name for bottlenecks [2, 2, 2, 2].
    dilate = [False, True, True]
    reference = torchvision.models.resnet.ResNet(
        torchvision.models.resnet.Bottleneck, [2, 2, 2, 2], replace_stride_with_dilation=dilate
    ).eval()
    backbone = TimmPyramid(BackboneConfig("resnet26", dilate_first=False)).eval()
    shared = {key: value for key, value in reference.state_dict().items() if not key.startswith("fc.")}
    backbone.body.load_state_dict(shared)
    image = torch.randn(1, 3, 50, 41)

    with torch.no_grad():
        value = reference.maxpool(reference.relu(reference.bn1(reference.conv1(image))))
        for layer, feature in zip(("layer1", "layer2", "layer3", "layer4"), backbone(image), strict=True):
            value = reference.get_submodule(layer)(value)
            torch.testing.assert_close(feature, value)


def test_mobilenet_pads_at_the_end_as_its_weights_were_trained():
    backbone = on_meta("mobilenetv2_100")

    assert backbone.body.get_submodule("conv_stem").padding == (0, 0)
    assert backbone.channels == (24, 32, 96, 320)


@pytest.mark.parametrize(
    ("name", "count", "free"),
    [
        ("resnet18", 1, {"layer2", "layer3", "layer4"}),
        ("resnet18", 4, set()),
        ("mobilenetv2_100", 1, {"blocks.2", "blocks.3", "blocks.4", "blocks.5", "blocks.6"}),
        ("mobilenetv2_100", 3, {"blocks.5", "blocks.6"}),
        ("mobilenetv2_100", 4, set()),
    ],
)
def test_leading_stages_are_the_stem_and_whole_stages(name, count, free):
    backbone = on_meta(name)
    frozen = {id(value) for module in backbone.leading_stages(count) for value in module.parameters()}
    parts = 2 if name.startswith("mobilenet") else 1
    left = {
        ".".join(key.split(".")[:parts]) for key, value in backbone.body.named_parameters() if id(value) not in frozen
    }

    assert left == free


def test_no_leading_stage_means_not_even_the_stem():
    assert on_meta("resnet18").leading_stages(0) == []


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("resnet5000", {}, r"backbone is 'resnet5000', which timm cannot build .*such as 'resnet50'"),
        ("vgg11", {}, r"backbone 'vgg11' is neither a ResNet, a MobileNet/EfficientNet, a ConvNeXt nor a Swin"),
        ("mobilenetv2_100", {"deep_stem": True}, r"deep_stem is for ResNets, backbone is 'mobilenetv2_100'"),
        ("resnetblur18", {}, r"BlurPool2d with stride 2 cannot be dilated"),
    ],
)
def test_what_cannot_be_built_is_refused_with_the_fix(name, options, message):
    with pytest.raises(ValueError, match=message):
        on_meta(name, **options)
