"""High-level feature guidance: who trains whom."""

from dataclasses import replace

import pytest
import torch

from models.config import UpsamplingConfig
from models.data.classes import ClassSet
from models.presets import preset
from models.segmenter import Segmenter
from models.stages import record, stages_of

CLASSES = ClassSet(("sky", "road", "pole"), ((0, 0, 255), (128, 64, 128), (200, 200, 0)))
TOKENS = ("decoder.classifier.weight", "decoder.classifier.bias")


def build(**options) -> Segmenter:
    config = preset("tiny-hfgd").model
    return Segmenter(replace(config, upsampling=replace(config.upsampling, **options)), CLASSES).train()


def trained_by(model: Segmenter, choose) -> set[str]:
    """Names of the parameters that get a gradient from the chosen logits."""
    torch.manual_seed(1)
    choose(model(torch.randn(2, 3, 64, 64))).square().sum().backward()
    return {name for name, value in model.named_parameters() if value.grad is not None and value.grad.any()}


def rooms(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def upsampler(output) -> torch.Tensor:
    return output.logits


def guide(output) -> torch.Tensor:
    return output.terms["guide.logits"].value


def test_the_upsamplers_loss_leaves_backbone_encoder_and_tokens_alone():
    names = trained_by(build(), upsampler)

    assert rooms(names) == {"decoder"}
    assert not names & {*TOKENS}
    parts = {name.split(".")[1] for name in names}
    assert parts == {"pyramid", "branches", "axial"}


def test_the_guiding_branch_trains_backbone_encoder_and_tokens_and_no_upsampler():
    names = trained_by(build(), guide)

    assert rooms(names) == {"backbone", "head", "decoder"}
    assert {name for name in names if name.startswith("decoder.")} == {*TOKENS}


def test_without_stop_gradients_the_upsamplers_loss_trains_everything():
    model = build(stop_tokens=False, stop_features=False)
    names = trained_by(model, upsampler)

    assert {*TOKENS} <= names
    assert rooms(names) == {"backbone", "head", "decoder"}


@pytest.mark.parametrize(
    ("options", "tokens", "others"),
    [({"stop_tokens": False}, True, {"decoder"}), ({"stop_features": False}, False, {"backbone", "head", "decoder"})],
)
def test_each_stop_gradient_has_its_own_switch(options, tokens, others):
    names = trained_by(build(**options), upsampler)

    assert ({*TOKENS} <= names) == tokens and bool({*TOKENS} & names) == tokens
    assert rooms(names) == others


def test_both_branches_have_the_same_tokens():
    model, image = build().eval(), torch.randn(1, 3, 64, 72)
    with torch.no_grad(), record(model) as seen:
        logits = model(image).logits

    bias = model.decoder.classifier.bias.detach()[:, None, None]
    for features, answer in (("ga.context", "guide.logits"), ("classifier.features", "gald.logits")):
        products = torch.einsum("kc,bchw->bkhw", seen["tokens"], seen[features]) + bias
        torch.testing.assert_close(seen[answer], products, rtol=1e-4, atol=1e-5)
    assert seen["guide.logits"].shape[-2:] == (2, 3)
    assert logits.shape[-2:] == (16, 18)


def test_without_guidance_there_is_no_guiding_branch_and_one_loss_trains_all():
    model = build(guidance=False)

    assert "guide.logits" not in stages_of(model)
    assert set(model(torch.randn(2, 3, 64, 64)).terms) == {"car.features"}
    assert rooms(trained_by(model, upsampler)) == {"backbone", "head", "decoder"}


def test_a_context_of_another_width_gets_a_3x3_before_the_tokens():
    config = preset("tiny-hfgd").model
    wider = replace(config, aggregation=replace(config.aggregation, name="none"))
    model = Segmenter(wider, CLASSES).train()

    assert model.decoder.guide[0].weight.shape == (16, 64, 3, 3)
    assert any(name.startswith("decoder.guide.") for name in trained_by(model, guide))


@pytest.mark.parametrize(("axial", "projections"), [("none", 0), ("shared", 3), ("separate", 6)])
def test_axial_attention_can_be_switched(axial, projections):
    model = build(axial=axial)

    assert len([name for name, _ in model.decoder.axial.named_parameters()]) == 2 * projections


@pytest.mark.parametrize(("probe", "reached"), [("trained", {"backbone", "decoder"}), ("detached", {"decoder"})])
def test_the_probe_of_c5_trains_the_backbone_or_only_watches_it(probe, reached):
    model = build(guidance=False, axial="none", probe=probe)
    names = trained_by(model, lambda output: output.terms["probe.logits"].value)

    assert rooms(names) == reached
    assert all(name.startswith("decoder.probe.") for name in names if name.startswith("decoder."))
    assert stages_of(model)["probe.logits"].info == {"loss": "main"}


def test_the_probe_does_not_change_the_answer():
    model = build(guidance=False, probe="trained").eval()
    bare = build(guidance=False).eval()
    bare.load_state_dict({key: value for key, value in model.state_dict().items() if ".probe." not in key})
    image = torch.randn(1, 3, 64, 64)

    assert torch.equal(model(image).logits, bare(image).logits)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stride": 8}, r"stride is 8, must be one of \[2, 4\]"),
        ({"axial": "full"}, "axial is 'full', must be one of"),
        ({"probe": "yes"}, "probe is 'yes', must be one of"),
        ({"channels": 10}, "channels is 10 and heads 4; channels must be a multiple of heads"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        UpsamplingConfig(**options)
