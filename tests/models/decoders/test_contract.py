"""What every decoder keeps."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.backbones.pyramid import Pyramid
from models.config import ModelConfig, UpsamplingConfig
from models.decoders import DECODERS
from models.stages import record, stages_of, supervised

CHANNELS, CLASSES, LEVELS = 8, 5, (4, 4, 4, 4)
STAGES = {"classifier.features", "tokens"}


def build(name: str, channels: int = 32, **upsampling):
    options = UpsamplingConfig(channels, **upsampling)
    return DECODERS.get(name)(CHANNELS, CLASSES, ModelConfig(decoder=name, upsampling=options), LEVELS).eval()


def pyramid(height: int, width: int) -> Pyramid:
    """Levels at strides 4, 8, 8, 8 of an odd map."""
    sizes = ((2 * height - 1, 2 * width - 1), (height, width), (height, width), (height, width))
    return Pyramid(*(torch.randn(2, 4, *size) for size in sizes))


@pytest.mark.parametrize("name", DECODERS.names())
@settings(max_examples=8)
@given(height=st.integers(4, 12), width=st.integers(4, 12))
def test_there_is_one_map_a_class(name, height, width):
    logits = build(name)(torch.randn(2, CHANNELS, height, width), pyramid(height, width))

    assert logits.shape[:2] == (2, CLASSES)
    assert logits.shape[2] >= height and logits.shape[3] >= width


@pytest.mark.parametrize("name", DECODERS.names())
def test_the_same_features_give_the_same_logits_and_gradients_reach_them(name):
    decoder, levels = build(name), pyramid(6, 7)
    features = torch.randn(2, CHANNELS, 6, 7, requires_grad=True)

    logits = decoder(features, levels)
    logits.square().sum().backward()

    assert torch.equal(logits, decoder(features, levels))
    assert features.grad is not None and (features.grad.abs().sum(1) > 0).all()


@pytest.mark.parametrize("name", DECODERS.names())
def test_it_names_what_the_classifier_sees_and_its_tokens(name):
    decoder = build(name)
    with record(decoder) as seen:
        decoder(torch.randn(2, CHANNELS, 6, 7), pyramid(6, 7))

    assert set(stages_of(decoder)) >= STAGES
    assert seen["tokens"].shape == (CLASSES, seen["classifier.features"].shape[1])


@pytest.mark.parametrize("name", [name for name in DECODERS.names() if name != "linear"])
def test_with_guidance_every_upsampler_leaves_the_context_to_the_guiding_branch(name):
    decoder, levels = build(name, guidance=True, axial="separate", heads=2).train(), pyramid(6, 7)
    features = torch.randn(2, CHANNELS, 6, 7, requires_grad=True)

    with supervised(decoder) as terms:
        logits = decoder(features, levels)
    logits.square().sum().backward()

    assert features.grad is None
    assert decoder.classifier.weight.grad is None
    assert all(value.grad is not None for name, value in decoder.axial.named_parameters())
    terms["guide.logits"].value.square().sum().backward()
    assert features.grad is not None and (features.grad.abs().sum(1) > 0).all()
    assert decoder.classifier.weight.grad.abs().sum() > 0


@pytest.mark.parametrize("name", [name for name in DECODERS.names() if name not in ("linear", "u_sfpn")])
def test_a_stride_that_a_decoder_does_not_give_is_refused(name):
    with pytest.raises(ValueError, match=rf"upsampling.stride is 2, decoder '{name}' gives \[4\]; u_sfpn gives 2"):
        build(name, stride=2)
