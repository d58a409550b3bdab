import threading
from functools import cache

import numpy as np
import pytest
import torch
from torch import nn

from gald_viz.probes.capture import capture
from gald_viz.probes.replay import IMAGE, Replay
from models import zoo
from models.adapters.adapted import adapt, loaded
from models.adapters.adapter import Adapter
from models.checkpoint import LoadedCheckpoint, load_checkpoint
from models.data.classes import ClassSet
from models.detection.checkpoint import load_detector
from models.presets import preset
from models.segmenter import Segmenter
from models.stages import replace, stages_of

CLASSES = ClassSet(("a", "b", "c"), ((255, 0, 0), (0, 255, 0), (0, 0, 255)))
EDITED = ("ld.mask", "ld.affinity", "ga.branches", "gald.features", "ga.context")


@cache
def tiny(name="tiny-aspp-ldv2"):
    torch.manual_seed(0)
    return LoadedCheckpoint(Segmenter(preset(name).model, CLASSES).eval().requires_grad_(False), name, name, {})


def an_image(seed=0, size=(120, 130)):
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def untouched(model):
    return not any("forward" in vars(module) or module._forward_hooks for module in model.modules())


# One of each preset that ships: those trained on other data have the same layers.
SLOW = pytest.mark.slow
FEW = ("scenes-cgnl-ldv1", "scenes-aspp-ldv2", "scenes-hfgd", "scenes-mask-rcnn-gald")
SHIPPED = {row["preset"]: row["name"] for row in [*zoo.listing(), *zoo.detector_listing()]}


@pytest.mark.parametrize("name", [name if name in FEW else pytest.param(name, marks=SLOW) for name in SHIPPED.values()])
def test_an_edit_that_changes_nothing_leaves_every_bit_of_a_shipped_network(name):
    network = load_detector(name) if name in zoo.detectors() else load_checkpoint(zoo.path(name))
    image = an_image(size=(128, 128))
    plain = capture(network, image, stages=[])
    held = [stage for stage in EDITED if stage in stages_of(network.model)]
    stages = held[: 1 if name in zoo.detectors() else 2] or ["backbone.c5"]

    for stage in stages:
        held = Replay(network, image, stage)
        again = held.run(held.value)
        assert held.resumes, stage
        np.testing.assert_array_equal(again.prediction, plain.prediction)
        np.testing.assert_array_equal(again.confidence, plain.confidence)
    assert untouched(network.model)


@pytest.mark.parametrize(
    ("preset_name", "stage"),
    [("tiny-aspp-ldv2", "ld.affinity"), ("tiny-cgnl-ldv1", "ld.mask"), ("tiny-cgnl-ldv1", "ga.branches")],
)
def test_an_edit_gives_what_the_whole_network_gives_with_it(preset_name, stage):
    network, image = tiny(preset_name), an_image()
    held = Replay(network, image, stage)

    answer = held.run(held.value[:, ::-1] * 3)

    with torch.no_grad(), replace(network.model, {stage: lambda value: value.flip(2) * 3}):
        logits = network.model.predict_logits(network.model.preprocess(image))
    np.testing.assert_array_equal(answer.confidence, logits.softmax(1).max(1).values[0].numpy())
    assert (answer.confidence != held.answer.confidence).any()


def test_what_lies_before_the_stage_is_not_run_again():
    network = tiny()
    held = Replay(network, an_image(), "ld.affinity")
    convolutions = [module for module in network.model.modules() if isinstance(module, nn.Conv2d)]
    called = []
    handles = [module.register_forward_pre_hook(lambda module, _: called.append(module)) for module in convolutions]

    held.run(held.value)
    for handle in handles:
        handle.remove()

    before = {*network.model.backbone.modules(), *network.model.head.aggregation.modules()}
    assert called
    assert not before & set(called)
    assert network.model.head.distribution.project in called


def test_the_image_itself_can_be_edited():
    held = Replay(tiny(), an_image(), IMAGE)

    assert held.value.shape == (3, 120, 130)
    np.testing.assert_array_equal(held.run(held.value).confidence, held.answer.confidence)
    assert (held.run(np.zeros_like(held.value)).confidence != held.answer.confidence).any()


class Impatient(nn.Module):
    """Changes what a layer returned in place and outside of any layer, before the stage."""

    def __init__(self):
        super().__init__()
        self.enter, self.middle, self.leave = nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 1), nn.Conv2d(4, 2, 1)

    def forward(self, image):
        features = self.enter(image)
        features += 1
        return self.leave(self.middle(features) + features)


def test_a_network_that_cannot_be_resumed_runs_as_a_whole_and_is_right():
    torch.manual_seed(0)
    network = loaded(adapt(Impatient(), adapter=Adapter({"ga.context": "middle"})), "impatient")
    image = an_image()
    held = Replay(network, image, "ga.context")

    answer = held.run(held.value * 2)

    assert not held.resumes
    np.testing.assert_array_equal(held.run(held.value).confidence, held.answer.confidence)
    with torch.no_grad(), replace(network.model, {"ga.context": lambda value: value * 2}):
        logits = network.model.predict_logits(network.model.preprocess(image))
    np.testing.assert_array_equal(answer.confidence, logits.softmax(1).max(1).values[0].numpy())


def test_readers_at_the_same_time_get_their_own_answers():
    network = tiny()
    images = [an_image(seed) for seed in range(4)]
    held = [Replay(network, image, "ga.context") for image in images]
    alone = [one.run(one.value + 1).confidence for one in held]
    plain = [capture(network, image).confidence for image in images]
    together = {}

    def edit(index):
        together[index] = held[index].run(held[index].value + 1).confidence

    def look(index):
        together[-1 - index] = capture(network, images[index]).confidence

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4) for work in (edit, look)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # The last bit may depend on where in memory a thread's tensors lie; another reader's answer is far away.
    for index in range(4):
        np.testing.assert_allclose(together[index], alone[index], atol=1e-6)
        np.testing.assert_allclose(together[-1 - index], plain[index], atol=1e-6)


def test_the_network_is_left_alone_after_an_error():
    network = tiny()
    held = Replay(network, an_image(), "ld.affinity")

    with pytest.raises(KeyError), held.opened():
        assert not untouched(network.model)
        raise KeyError

    assert untouched(network.model)


def test_what_is_refused_says_what_there_is():
    network = tiny()
    with pytest.raises(ValueError, match=r"no stage \['ld.mask'\]; it has"):
        Replay(network, an_image(), "ld.mask")
    with pytest.raises(ValueError, match=r"stage tokens holds \(3, .*no map"):
        Replay(network, an_image(), "tokens")
    with pytest.raises(ValueError, match=r"the value is \(1, 2, 3\), stage ld.affinity holds \(25, 15, 17\)"):
        Replay(network, an_image(), "ld.affinity").run(np.zeros((1, 2, 3)))
    assert untouched(network.model)
