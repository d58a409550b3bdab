"""The families against the modules themselves: the same answer, and stages that are what plain hooks see."""

from __future__ import annotations

import copy
from types import SimpleNamespace

import pytest
import timm
import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.segmentation import FCN
from torchvision.models.segmentation.fcn import FCNHead

from models.adapters import FAMILIES, adapt
from models.data.classes import ClassSet
from models.network import Preprocessing
from models.stages import record, stages_of

FIVE = ClassSet(tuple("abcde"), ((0, 0, 0),) * 5)
SIZE = (65, 97)
IMAGE = torch.randn(1, 3, *SIZE, generator=torch.Generator().manual_seed(1))


class Projection(nn.Module):
    """As SegformerMLP: (B, C, h, w) -> (B, h·w, width)."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.proj = nn.Linear(channels, width)

    def forward(self, level: Tensor) -> Tensor:
        return self.proj(level.flatten(2).transpose(1, 2))


class DecodeHead(nn.Module):
    """As SegformerDecodeHead, with the list of projections under either of its names."""

    def __init__(self, channels: tuple[int, ...], width: int, classes: int, projections: str) -> None:
        super().__init__()
        self.name = projections
        setattr(self, projections, nn.ModuleList(Projection(inner, width) for inner in channels))
        self.linear_fuse = nn.Conv2d(width * len(channels), width, 1, bias=False)
        self.batch_norm = nn.BatchNorm2d(width)
        self.classifier = nn.Conv2d(width, classes, 1)

    def forward(self, levels: list[Tensor]) -> Tensor:
        maps = []
        for level, project in zip(levels, getattr(self, self.name), strict=True):
            tokens = project(level)
            flat = tokens.transpose(1, 2).reshape(len(level), -1, *level.shape[2:])
            maps.append(F.interpolate(flat, levels[0].shape[2:], mode="bilinear", align_corners=False))
        return self.classifier(torch.relu(self.batch_norm(self.linear_fuse(torch.cat(maps[::-1], dim=1)))))


class Segformer(nn.Module):
    """The interface of transformers' SegformerForSemanticSegmentation: ``.logits`` at stride 4, ``config.id2label``."""

    def __init__(self, projections: str = "linear_c") -> None:
        super().__init__()
        channels = (4, 6, 8, 10)
        strides = zip((3, *channels[:-1]), channels, (4, 2, 2, 2), strict=True)
        self.segformer = nn.ModuleList(nn.Conv2d(i, o, 7, stride, 3) for i, o, stride in strides)
        self.decode_head = DecodeHead(channels, 12, 5, projections)
        self.config = SimpleNamespace(id2label={1: "sky", 0: "road", 2: "car", 3: "bus", 4: "tree"})

    def forward(self, pixel_values: Tensor) -> SimpleNamespace:
        levels = [pixel_values]
        for embed in self.segformer:
            levels.append(embed(levels[-1]))
        return SimpleNamespace(logits=self.decode_head(levels[1:]), loss=None)


class WithLinearHead(nn.Module):
    """What a user writes around a timm backbone."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = timm.create_model("resnet18", features_only=True, pretrained=False)
        self.classifier = nn.Conv2d(512, 5, 1)

    def forward(self, image: Tensor) -> Tensor:
        return self.classifier(self.backbone(image)[-1])


def fcn() -> nn.Module:
    body = IntermediateLayerGetter(torchvision.models.resnet18(weights=None), {"layer3": "aux", "layer4": "out"})
    return FCN(body, FCNHead(512, 5), FCNHead(256, 5))


def of_torchvision(name: str, **options: bool) -> nn.Module:
    return torchvision.models.get_model(name, weights=None, weights_backbone=None, num_classes=5, **options)


# Stage -> (module, "in" or "out", item of the output): what a plain hook there sees.
RESNET = {f"backbone.c{level}": (f"backbone.layer{level - 1}", "out", None) for level in (2, 3, 4, 5)}
MOBILENET = {f"backbone.c{2 + i}": (f"backbone.{name}", "out", None) for i, name in enumerate((3, 6, 12, 16))}
PYRAMID = {f"backbone.c{level}": ("backbone", "out", level - 1) for level in (2, 3, 4, 5)}
CASES = {
    "fcn": (
        fcn,
        RESNET
        | {
            "fcn.features": ("classifier.2", "out", None),
            "classifier.features": ("classifier.4", "in", None),
            "aux.logits": ("aux_classifier", "out", None),
        },
    ),
    "deeplabv3": (
        lambda: of_torchvision("deeplabv3_mobilenet_v3_large", aux_loss=True),
        MOBILENET
        | {
            "fcn.features": ("backbone.16", "out", None),
            "ga.context": ("classifier.0", "out", None),
            "classifier.features": ("classifier.3", "out", None),
            "aux.logits": ("aux_classifier", "out", None),
        },
    ),
    "lraspp": (
        lambda: of_torchvision("lraspp_mobilenet_v3_large"),
        MOBILENET
        | {
            "fcn.features": ("classifier.cbr", "out", None),
            "ga.context": ("classifier.high_classifier", "in", None),
        },
    ),
    "timm": (WithLinearHead, PYRAMID | {"classifier.features": ("backbone", "out", 4)}),
    **{
        name: (
            lambda name=name: Segformer(name),
            {f"backbone.c{2 + i}": (f"segformer.{i}", "out", None) for i in range(4)}
            | {"classifier.features": ("decode_head.classifier", "in", None)},
        )
        for name in ("linear_c", "linear_projections")
    },
}


def answer(module: nn.Module, image: Tensor) -> Tensor:
    """The module's own logits, whatever it wraps them in."""
    output = module(image)
    if isinstance(output, dict):
        return output["out"]
    return output if isinstance(output, Tensor) else output.logits


@pytest.mark.parametrize("name", CASES)
def test_a_network_of_the_family_answers_as_before_and_its_stages_are_what_hooks_see(name: str):
    make, places = CASES[name]
    raw = make().eval()
    module = copy.deepcopy(raw)
    seen = {}
    for stage, (path, side, item) in places.items():

        def keep(_module, inputs, output, stage=stage, side=side, item=item):
            value = inputs[0] if side == "in" else output if item is None else output[item]
            seen[stage] = value.detach().clone()

        raw.get_submodule(path).register_forward_hook(keep)

    network = adapt(module, FIVE)
    with torch.inference_mode(), record(network) as stages:
        logits = network.predict_logits(IMAGE)
    with torch.inference_mode():
        expected = F.interpolate(answer(raw, IMAGE), SIZE, mode="bilinear", align_corners=False)

    torch.testing.assert_close(logits, expected, rtol=0, atol=0)
    assert set(stages) - {"tokens"} == set(places)
    for stage, value in seen.items():
        torch.testing.assert_close(stages[stage], value, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("name", "path"), [("fcn", "classifier.4"), ("timm", "classifier"), ("linear_c", "decode_head.classifier")]
)
def test_tokens_are_the_rows_of_the_classifier_and_give_the_logits_with_its_features(name: str, path: str):
    network = adapt(CASES[name][0](), FIVE)
    with torch.inference_mode(), record(network, ["tokens", "classifier.features"]) as stages:
        network(IMAGE)

    assert torch.equal(stages["tokens"], network.module.get_submodule(path).weight[:, :, 0, 0])


def test_lr_aspp_has_no_single_vector_per_class_and_no_tokens():
    assert "tokens" not in stages_of(adapt(CASES["lraspp"][0](), FIVE))


def test_the_levels_of_a_mobilenet_end_where_the_map_shrinks():
    network = adapt(CASES["deeplabv3"][0](), FIVE)
    with torch.inference_mode(), record(network) as stages:
        network(torch.zeros(1, 3, 128, 128))

    # The last level is dilated: output stride 16.
    assert [128 // stages[f"backbone.c{level}"].shape[-1] for level in (2, 3, 4, 5)] == [4, 8, 16, 16]


def test_segformer_brings_its_own_class_names_in_the_order_of_their_ids():
    assert adapt(Segformer()).classes.names == ("road", "sky", "car", "bus", "tree")


def test_a_timm_network_is_shown_images_as_it_was_trained():
    family = FAMILIES.get("timm")()

    assert adapt(family.build("mobilenetv3_small_050", {}, 3)).preprocessing == Preprocessing()
    # The TensorFlow ones were trained on -1..1.
    lite = adapt(family.build("tf_efficientnet_lite0", {}, 3)).preprocessing
    assert lite == Preprocessing((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


def test_levels_with_the_channels_last_are_turned_round():
    raw = FAMILIES.get("timm")().build("mambaout_femto", {}, 3).eval()
    with torch.inference_mode():
        levels = raw.backbone(IMAGE)
    network = adapt(raw)
    with torch.inference_mode(), record(network) as stages:
        network(IMAGE)

    assert levels[0].shape == (1, 17, 25, 48)
    for level, held in enumerate(levels, start=2):
        assert torch.equal(stages[f"backbone.c{level}"], held.permute(0, 3, 1, 2))


@pytest.mark.parametrize(
    ("name", "cells"),
    [("swin_tiny_patch4_window7_224", [(17, 25), (9, 13), (5, 7), (3, 4)]), ("vit_tiny_patch16_224", [(5, 7)] * 3)],
)
def test_a_transformer_by_name_takes_any_size_and_keeps_its_weights(name: str, cells: list[tuple[int, int]]):
    found = FAMILIES.get("timm")().build(name, {}, 3)
    usual = timm.create_model(name, features_only=True, pretrained=False).eval()
    usual.load_state_dict(found.get_submodule("backbone").state_dict())
    network, square = adapt(found), torch.randn(1, 3, 224, 224)
    with torch.inference_mode(), record(network) as stages:
        network(square)
        last = usual(square)[-1]
    assert torch.allclose(stages["classifier.features"], last.movedim(-1, 1) if "swin" in name else last, atol=1e-5)

    with torch.inference_mode(), record(network) as stages:
        assert network.predict_logits(IMAGE).shape == (1, 3, *SIZE)
    levels = [stages[level] for level in sorted(stages) if level.startswith("backbone")]
    assert [tuple(level.shape[-2:]) for level in levels] == cells


@pytest.mark.parametrize(
    ("family", "name", "message"),
    [
        ("torchvision", "fcn_resnet5", r"'fcn_resnet5' \(like 'fcn_resnet50'"),
        ("timm", "resnet18x", "'resnet18x', which timm cannot build"),
        ("segformer", "b0", r"cannot be built by its name; .*FILE\.py:FUNCTION"),
    ],
)
def test_an_unknown_architecture_is_named(family: str, name: str, message: str):
    with pytest.raises(ValueError, match=message):
        FAMILIES.get(family)().build(name, {}, None)


def test_the_segformer_of_transformers_itself():
    transformers = pytest.importorskip("transformers")
    config = transformers.SegformerConfig(
        depths=[1] * 4,
        hidden_sizes=[8, 16, 24, 32],
        decoder_hidden_size=16,
        num_attention_heads=[1, 2, 3, 4],
        num_labels=5,
    )
    raw = transformers.SegformerForSemanticSegmentation(config).eval()
    network = adapt(raw, FIVE)
    with torch.inference_mode(), record(network) as stages:
        logits = network.predict_logits(IMAGE)
        output = raw(IMAGE, output_hidden_states=True)

    assert torch.equal(logits, F.interpolate(output.logits, SIZE, mode="bilinear", align_corners=False))
    for level, hidden in enumerate(output.hidden_states, start=2):
        assert torch.equal(stages[f"backbone.c{level}"], hidden)
