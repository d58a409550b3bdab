"""One set of weights at several output strides, numerically."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from models.checkpoint import load_checkpoint, save_checkpoint
from models.config import ModelConfig
from models.data.classes import ClassSet
from models.output_stride import at_output_stride
from models.presets import preset
from models.presets.deeplab import family
from models.segmenter import Segmenter

CLASSES = ClassSet(("sky", "pole"), ((0, 0, 255), (200, 200, 0)))
CASCADE = preset("tiny-cascade").model
ASPP = preset("tiny-deeplabv3").model
WITHOUT_POOLING = replace(ASPP, aggregation=replace(ASPP.aggregation, image_pooling=False))


def build(config: ModelConfig) -> Segmenter:
    """A network whose BatchNorms do something, in float64."""
    torch.manual_seed(0)
    model = Segmenter(config, CLASSES)
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            for value in (layer.weight, layer.bias, layer.get_buffer("running_mean")):
                nn.init.normal_(value, mean=0.5, std=0.2)
    return model.eval().double()


def opened(model: Segmenter, stride: int) -> Segmenter:
    other = Segmenter(at_output_stride(model.config, stride), CLASSES).eval().double()
    other.load_state_dict(model.state_dict())
    return other


@pytest.mark.parametrize(
    ("config", "stride"),
    [(WITHOUT_POOLING, 4), (WITHOUT_POOLING, 8), *((CASCADE, stride) for stride in (4, 8, 32, 64, 128, 256))],
)
@settings(max_examples=4)
@given(height=st.integers(32, 90), width=st.integers(32, 90))
def test_the_logits_stay_on_the_cells_that_both_strides_share(config, stride, height, width):
    model = build(config)
    image = torch.randn(2, 3, height, width, dtype=torch.float64)

    with torch.no_grad():
        trained, other = model(image).logits, opened(model, stride)(image).logits

    assert other.shape[-2:] == (-(-height // stride), -(-width // stride))
    coarse, fine = (trained, other) if stride < 16 else (other, trained)
    step = max(stride, 16) // min(stride, 16)
    torch.testing.assert_close(fine[..., ::step, ::step], coarse)


def test_rates_that_do_not_follow_give_other_values():
    model = build(WITHOUT_POOLING)
    image = torch.randn(1, 3, 65, 65, dtype=torch.float64)
    backbone = replace(WITHOUT_POOLING.backbone, output_stride=8, trained_stride=16)
    dense = Segmenter(replace(WITHOUT_POOLING, backbone=backbone), CLASSES).eval().double()
    dense.load_state_dict(model.state_dict())

    with torch.no_grad():
        assert not torch.allclose(dense(image).logits[..., ::2, ::2], model(image).logits, atol=1e-3)


def test_there_and_back_again():
    opened_twice = at_output_stride(at_output_stride(CASCADE, 8), 16)

    assert opened_twice == replace(CASCADE, backbone=replace(CASCADE.backbone, trained_stride=16))
    assert at_output_stride(ASPP, 16) is ASPP
    assert at_output_stride(at_output_stride(ASPP, 4), 8) == at_output_stride(ASPP, 8)


@pytest.mark.parametrize("name", [name for name, _ in family() if name.endswith("-os8") and "r50-block7" not in name])
def test_the_presets_at_stride_8_are_those_at_16_opened_there(name):
    assert preset(name).model == at_output_stride(preset(name.removesuffix("-os8")).model, 8)


@pytest.mark.parametrize(
    ("name", "stride", "message"),
    [
        (
            "tiny-cgnl-ldv1",
            16,
            r"output_stride is 16, head 'gald' has parts that cannot follow; open this network at 8",
        ),
        ("tiny-fcn", 4, r"output_stride is 4, head 'fcn' has parts that cannot follow"),
        ("tiny-deeplabv3", 12, r"output_stride is 12, must be one of \[4, 8, 16, 32"),
        ("tiny-deeplabv3", 64, r"output_stride is 64, head 'deeplabv3' ends at 32"),
        ("tiny-deeplabv3", 32, r"output_stride is 32, where the rates \(1, 2, 3\) of 16 would be fractions"),
    ],
)
def test_what_cannot_be_opened_is_refused(name, stride, message):
    with pytest.raises(ValueError, match=message):
        at_output_stride(preset(name).model, stride)


def test_a_checkpoint_is_opened_at_another_output_stride(tmp_path):
    model = Segmenter(ASPP, CLASSES)
    save_checkpoint(model, tmp_path / "a.safetensors", {}, half=False)

    loaded = load_checkpoint(tmp_path / "a.safetensors", output_stride=8)

    assert loaded.model.config == at_output_stride(ASPP, 8)
    assert loaded.model.config.aggregation.rates == (2, 4, 6)
    stored = model.state_dict()
    assert all(torch.equal(value, stored[key]) for key, value in loaded.model.state_dict().items())
    assert loaded.model(torch.zeros(1, 3, 40, 48)).logits.shape == (1, 2, 5, 6)
    assert load_checkpoint(tmp_path / "a.safetensors").model.config == ASPP


def test_a_stride_that_does_not_fit_is_not_blamed_on_the_file(tmp_path):
    save_checkpoint(Segmenter(preset("tiny-fcn").model, CLASSES), tmp_path / "a.safetensors", {})

    with pytest.raises(ValueError, match=r"^output_stride is 16, head 'fcn'"):
        load_checkpoint(tmp_path / "a.safetensors", output_stride=16)
