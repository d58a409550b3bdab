import numpy as np
import pytest
import torch
from torch import nn

from gald_viz.probes.attribution import GRADCAM, INTEGRATED, Target, attribute, probability
from gald_viz.probes.randomise import depths, layers_from_last, randomised
from gald_viz.probes.replay import IMAGE, Replay
from models.adapters.adapted import adapt, loaded
from models.adapters.adapter import Adapter
from models.checkpoint import LoadedCheckpoint
from models.data.classes import ClassSet
from models.presets import preset
from models.segmenter import Segmenter

CLASSES = ClassSet(("a", "b", "c"), ((255, 0, 0), (0, 255, 0), (0, 0, 255)))
SIZE = (72, 80)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    model = Segmenter(preset("tiny-aspp-ldv2").model, CLASSES).eval().requires_grad_(False)
    return LoadedCheckpoint(model, "f" * 64, "tiny", {})


def an_image(size=SIZE):
    return np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)


def a_region():
    region = np.zeros(SIZE, bool)
    region[20:40, 30:50] = True
    return region


def slow_gradcam(model, image, stage, target):
    """Mean gradient of a channel times the channel, summed, the positive part; by autograd and loops."""
    found = {}

    def keep(_module, _inputs, output):
        found["value"] = output.requires_grad_()

    handle = next(m for m in model.modules() if getattr(m, "name", "") == stage).register_forward_hook(keep)
    logits = model.predict_logits(model.preprocess(image))
    handle.remove()
    score = sum(logits[0, target.class_index, y, x] for y, x in np.argwhere(target.region))
    (gradient,) = torch.autograd.grad(score, found["value"])
    total = torch.zeros(gradient.shape[2:])
    for channel in range(gradient.shape[1]):
        total += gradient[0, channel].mean() * found["value"][0, channel].detach()
    return total.clamp(min=0).numpy()


@pytest.mark.parametrize("stage", ["ga.context", "backbone.c5"])
def test_gradcam_is_that_of_a_slow_computation(network, stage):
    target = Target(1, a_region())

    found = attribute(Replay(network, an_image(), stage), target, GRADCAM)

    np.testing.assert_allclose(
        found.cells, slow_gradcam(network.model, an_image(), stage, target), rtol=1e-3, atol=1e-5
    )
    assert found.cells.max() > 0
    assert not any(module._forward_hooks for module in network.model.modules())


@pytest.mark.parametrize("stage", [pytest.param("backbone.c5", marks=pytest.mark.slow), "classifier.features"])
def test_integrated_gradients_add_up_to_the_difference_that_they_explain(network, stage):
    held = Replay(network, an_image(), stage)
    target = Target(2, a_region())

    found = attribute(held, target, INTEGRATED, steps=64)

    with held.opened() as logits, torch.no_grad():
        whole, empty = (float(target.score(logits(held.tensor(v)))) for v in (held.value, 0 * held.value))
    assert (found.score, found.reference) == (whole, empty)
    assert found.gap < 1e-3
    assert found.cells.sum() == pytest.approx(whole - empty, rel=1e-3)


def test_a_linear_network_gives_every_pixel_its_own_weight():
    layer = nn.Conv2d(3, 2, 1)
    tiny = loaded(adapt(nn.Sequential(layer), adapter=Adapter()), "linear")
    held = Replay(tiny, an_image(), IMAGE)
    target = Target.at_pixel(1, (7, 5), SIZE)

    found = attribute(held, target, INTEGRATED, steps=4)

    expected = np.zeros(SIZE)
    expected[5, 7] = float((layer.weight[1, :, 0, 0] * torch.from_numpy(held.value[:, 5, 7])).sum())
    np.testing.assert_allclose(found.cells, expected, atol=1e-6)


def test_the_probability_is_the_mean_over_the_region(network):
    held, region = Replay(network, an_image(), "ga.context"), a_region()

    with held.opened() as logits, torch.no_grad():
        wanted = logits(held.tensor(held.value)).softmax(1)[0, 1].numpy()[region].mean()

    assert probability(held, Target(1, region), held.value) == pytest.approx(wanted, rel=1e-5)


def test_what_is_refused_says_what_to_choose(network):
    held = Replay(network, an_image(), "backbone.c2")
    with pytest.raises(ValueError, match=r"nothing leads from stage backbone\.c2"):
        attribute(held, Target(0, a_region()), GRADCAM)
    with pytest.raises(ValueError, match="the region has 0 pixels"):
        Target(0, np.zeros(SIZE, bool))
    with pytest.raises(ValueError, match=r"pixel \(x, y\) is \(80, 0\)"):
        Target.at_pixel(0, (80, 0), SIZE)
    with pytest.raises(ValueError, match=r"class is 9, the network knows 0..2"):
        probability(held, Target(9, a_region()), held.value)
    with pytest.raises(ValueError, match="method is 'magic'"):
        attribute(held, Target(0, a_region()), "magic")
    with pytest.raises(ValueError, match="GradCAM needs a stage"):
        attribute(Replay(network, an_image(), IMAGE), Target(0, a_region()), GRADCAM)


def test_weights_are_shuffled_from_the_last_layer_and_put_back(network):
    model = network.model
    before = {name: value.clone() for name, value in model.state_dict().items()}
    order = layers_from_last(network, an_image())
    last = "decoder.classifier"

    # The classifier's weights are used as tokens, without a call of their layer; the first layer looks last.
    assert order[0] == last
    assert order[-1] == "backbone.stem.0.0"
    with randomised(network, order[:1], seed=1):
        now = model.state_dict()
        changed = {name for name in before if not torch.equal(before[name], now[name])}
        assert changed <= {f"{last}.weight", f"{last}.bias"}
        assert f"{last}.weight" in changed
        assert torch.equal(now[f"{last}.weight"].flatten().sort()[0], before[f"{last}.weight"].flatten().sort()[0])

    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_depths_go_from_none_over_one_to_all():
    assert depths(10, 3) == [0, 1, 10]
    assert depths(9, 4) == [0, 1, 5, 9]
    assert depths(2, 6) == [0, 1, 2]
