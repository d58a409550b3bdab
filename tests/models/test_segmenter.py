from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.config import ModelConfig
from models.data.classes import ClassSet
from models.presets import preset
from models.segmenter import Preprocessing, Segmenter
from models.stages import record, stages_of

CLASSES = ClassSet(("sky", "road", "pole"), ((0, 0, 255), (128, 64, 128), (200, 200, 0)))
TINY = ("tiny-fcn", "tiny-cgnl-ldv1", "tiny-aspp-ldv2")


def build(name: str = "tiny-fcn", **options) -> Segmenter:
    return Segmenter(replace(preset(name).model, **options), CLASSES).eval()


def test_preprocessing_is_imagenets_formula():
    image = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)

    planes = build().preprocess(image)

    expected = (image / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    assert planes.dtype == torch.float32
    np.testing.assert_allclose(planes[0].permute(1, 2, 0), expected, atol=1e-6)


def test_a_networks_own_preprocessing_is_used():
    model = Segmenter(preset("tiny-fcn").model, CLASSES, Preprocessing((0.5, 0.5, 0.5), (0.5, 0.5, 0.25)))

    planes = model.preprocess(np.full((1, 1, 3), 255, np.uint8))

    torch.testing.assert_close(planes.flatten(), torch.tensor([1.0, 1.0, 2.0]))


def test_an_image_that_cannot_be_written_to_is_read_without_a_warning():
    planar = np.zeros((3, 4, 5), np.uint8)
    planar.setflags(write=False)

    assert build().preprocess(planar.transpose(1, 2, 0)).shape == (1, 3, 4, 5)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((4, 4), np.uint8), r"image is uint8 of shape \(4, 4\), must be uint8 \(H, W, 3\); read it with"),
        (np.zeros((4, 4, 4), np.uint8), r"of shape \(4, 4, 4\)"),
        (np.zeros((4, 4, 3)), r"image is float64 of shape"),
    ],
)
def test_what_is_no_rgb_image_is_refused(image, message):
    with pytest.raises(ValueError, match=message):
        build().preprocess(image)


@pytest.mark.parametrize("name", TINY)
def test_a_too_small_image_is_refused_with_the_minimum_which_is_enough(name):
    model = build(name)
    side = model.min_size

    assert model(torch.zeros(1, 3, side, side)).logits.isfinite().all()
    with pytest.raises(ValueError, match=rf"image is {side - 1}x200, this network needs at least {side}x{side}"):
        model(torch.zeros(1, 3, side - 1, 200))


def test_a_mask_of_three_halvings_needs_15_cells_of_stride_8():
    assert build("tiny-cgnl-ldv1").min_size == 14 * 8 + 1
    assert build("tiny-aspp-ldv2").min_size == 32


@pytest.mark.parametrize("name", TINY)
@settings(max_examples=5)
@given(height=st.integers(113, 150), width=st.integers(113, 150))
def test_logits_come_at_the_output_stride_and_are_upsampled_to_the_image(name, height, width):
    model, image = build(name), torch.zeros(2, 3, height, width)

    with torch.no_grad():
        assert model(image).logits.shape == (2, 3, -(-height // 8), -(-width // 8))
        assert model.predict_logits(image).shape == (2, 3, height, width)


def weights(coarse: int, fine: int) -> torch.Tensor:
    """(fine, coarse) matrix of linear interpolation between the centres of cells, flat beyond the outer ones."""
    at = ((torch.arange(fine) + 0.5) * coarse / fine - 0.5).clamp(0, coarse - 1)
    return (1 - (at[:, None] - torch.arange(coarse)).abs()).clamp(min=0)


def test_upsampling_is_bilinear_between_the_centres_of_cells():
    model, image = build(), torch.randn(1, 3, 40, 51)
    with torch.no_grad():
        coarse, fine = model(image).logits, model.predict_logits(image)

    torch.testing.assert_close(fine, weights(5, 40) @ coarse @ weights(7, 51).T, rtol=1e-4, atol=1e-5)


def test_the_auxiliary_head_answers_only_while_training():
    model, image = build(), torch.randn(2, 3, 40, 48)

    assert model(image).aux_logits is None
    auxiliary = model.train()(image).aux_logits
    assert auxiliary is not None and auxiliary.shape == (2, 3, 5, 6)


def test_without_an_auxiliary_head_there_is_none():
    model = build(auxiliary=False).train()

    assert model(torch.randn(2, 3, 40, 48)).aux_logits is None
    assert not any(key.startswith("auxiliary") for key in model.state_dict())


def test_the_auxiliary_head_is_the_published_one():
    model = build()
    layers = [type(layer).__name__ for layer in model.get_submodule("auxiliary").children()]

    assert layers == ["Conv2d", "BatchNorm2d", "ReLU", "Dropout2d", "Conv2d"]
    assert model.state_dict()["auxiliary.0.weight"].shape == (32, 32, 3, 3)  # from c4 of the tiny backbone
    assert "auxiliary.0.bias" in model.state_dict()


@pytest.mark.parametrize("name", TINY[1:])
def test_stage_classifiers_answer_from_behind_a_norm_and_a_relu(name):
    model = build(name, stage_classifiers=True)
    with torch.no_grad(), record(model) as seen:
        model(torch.randn(1, 3, 120, 128))

    for stage, source in (("fcn", "fcn.features"), ("ga", "ga.context")):
        state = model.state_dict()
        weight, bias = (state[f"stage_classifiers.{stage}.2.{key}"] for key in ("weight", "bias"))
        behind = (seen[source] / (1 + 1e-5) ** 0.5).relu()
        expected = torch.einsum("kc,bchw->bkhw", weight[:, :, 0, 0], behind) + bias[:, None, None]
        torch.testing.assert_close(seen[f"{stage}.logits"], expected, rtol=1e-4, atol=1e-5)


def test_without_stage_classifiers_there_is_one_answer():
    logits = [name for name in stages_of(build("tiny-cgnl-ldv1")) if name.endswith(".logits")]

    assert logits == ["gald.logits"]


def test_the_answer_and_the_pyramid_are_stages():
    model, image = build("tiny-cgnl-ldv1"), torch.randn(1, 3, 120, 128)
    with torch.no_grad(), record(model) as seen:
        logits = model(image).logits
        pyramid = model.backbone(image)

    assert torch.equal(seen["gald.logits"], logits)
    assert all(torch.equal(seen[f"backbone.c{i}"], level) for i, level in zip((2, 3, 4, 5), pyramid, strict=True))


@pytest.mark.parametrize("name", TINY)
def test_stages_add_nothing_to_the_weights(name):
    assert not any(stage.state_dict() for stage in stages_of(build(name)).values())


@pytest.mark.parametrize(
    ("name", "auxiliary", "held"),
    [
        ("tiny-fcn", False, "c5"),
        ("tiny-fcn", True, "c4 c5"),
        ("tiny-ann", False, "c4 c5"),
        ("tiny-hfgd", False, "c2 c3 c4 c5"),
    ],
)
def test_levels_that_nobody_reads_are_not_held_and_are_stages_all_the_same(name, auxiliary, held):
    model, stages = build(name, auxiliary=auxiliary), [f"backbone.c{level}" for level in (2, 3, 4, 5)]

    with record(model, stages) as seen:
        pyramid, _ = model.trunk(torch.zeros(1, 3, 128, 128))

    assert [level for level in pyramid._fields if getattr(pyramid, level).numel()] == held.split()
    assert all(seen[stage].numel() for stage in stages)


def test_the_device_is_where_the_weights_are():
    with torch.device("meta"):
        assert Segmenter(preset("tiny-fcn").model, CLASSES).device == torch.device("meta")
    assert build().device == torch.device("cpu")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"head": "gld"}, r"head is 'gld', must be one of .*'fcn', 'gald'"),
        ({"decoder": "none"}, r"decoder is 'none', must be one of .*'linear'"),
    ],
)
def test_an_unknown_part_is_refused_with_those_that_exist(options, message):
    with pytest.raises(ValueError, match=message):
        Segmenter(ModelConfig(backbone=preset("tiny-fcn").model.backbone, **options), CLASSES)
