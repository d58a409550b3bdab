import numpy as np
import pytest
import torch

from gald_viz.probes.gradients import GUIDING, STOPS, UPSAMPLER, GradientProbe
from models.data.scenes import CLASSES, draw_scene
from models.network import LoadedNetwork
from models.presets import preset
from models.segmenter import Segmenter

SCENE = draw_scene(5, (64, 128))
IMAGE, LABEL = SCENE.image, np.asarray(SCENE.label)


def network(name: str) -> LoadedNetwork:
    torch.manual_seed(0)
    return LoadedNetwork(Segmenter(preset(name).model, CLASSES).eval(), "0" * 64, name, {})


@pytest.fixture(scope="module")
def probe() -> GradientProbe:
    return GradientProbe(network("tiny-hfgd"))


@pytest.mark.parametrize("stop", STOPS)
def test_behind_a_stop_gradient_the_gradient_is_exactly_zero(probe, stop):
    flow = probe.flow(IMAGE, LABEL, UPSAMPLER, stop)

    protected = {"class tokens"} if STOPS[stop][0] else set()
    protected |= {"backbone", "context (CAE)"} if STOPS[stop][1] else set()
    assert {part for part, norm in flow.norms.items() if norm == 0.0} == protected
    assert (flow.pull.max() == 0.0) == STOPS[stop][1]


def test_the_guiding_branch_trains_all_but_the_upsampler_whatever_is_stopped(probe):
    flows = [probe.flow(IMAGE, LABEL, GUIDING, stop) for stop in ("none", "both")]

    assert flows[0].norms == flows[1].norms
    assert flows[0].norms["class tokens"] > 0
    assert flows[0].norms["backbone"] > 0


def test_a_stop_changes_no_value_forward(probe):
    losses = {probe.flow(IMAGE, LABEL, UPSAMPLER, stop).loss for stop in STOPS}

    assert len(losses) == 1


def test_the_norm_is_that_of_an_ordinary_backward_pass():
    loaded = network("tiny-hfgd")
    model = loaded.model
    logits = torch.nn.functional.interpolate(model(model.preprocess(IMAGE)).logits, LABEL.shape, mode="bilinear")
    torch.nn.functional.cross_entropy(logits, torch.from_numpy(LABEL)[None], ignore_index=255).backward()
    squares = [p.grad.square().sum().item() for n, p in model.decoder.named_parameters() if n.startswith("axial")]

    flow = GradientProbe(loaded).flow(IMAGE, LABEL, UPSAMPLER, "both")

    assert 0 < np.sqrt(sum(squares)) < flow.norms["upsampler"]
    every = [p.grad for n, p in model.named_parameters() if n.startswith("decoder.") and "classifier" not in n]
    total = sum(grad.double().square().sum().item() for grad in every if grad is not None)
    assert flow.norms["upsampler"] == pytest.approx(np.sqrt(total), rel=1e-4)


def test_a_network_without_a_guiding_branch_is_refused():
    with pytest.raises(ValueError, match="tiny-fcn has no guiding branch"):
        GradientProbe(network("tiny-fcn"))


def test_another_stop_is_refused(probe):
    with pytest.raises(ValueError, match="stop is 'most'"):
        probe.flow(IMAGE, LABEL, UPSAMPLER, "most")
