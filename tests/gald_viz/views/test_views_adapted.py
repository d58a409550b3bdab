"""The views of a network that is not ours: drawn from its stages, or a sentence that says why not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from gald_viz.probes.capture import capture
from gald_viz.views import VIEWS
from models.adapters import Adapter, Tap, adapt
from models.adapters.adapted import loaded
from models.data.classes import ClassSet

K = 4
CLASSES = ClassSet(tuple("abcd"), ((9, 0, 0), (0, 9, 0), (0, 0, 9), (9, 9, 9)))


class WithEverything(nn.Module):
    """What each view asks for, from one small network."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Conv2d(3, 8, 4, 4)
        self.near = nn.Sequential(nn.Conv2d(8, 9, 1), nn.Softmax(dim=1))
        self.gate = nn.Sequential(nn.Conv2d(8, 8, 1), nn.Sigmoid())
        self.first, self.second, self.last = (nn.Conv2d(8, K, 1) for _ in range(3))

    def forward(self, image: Tensor) -> Tensor:
        features = self.body(image)
        self.near(features)
        self.first(features)
        self.second(features)
        return self.last(features * self.gate(features))


STAGES = {
    "fcn.features": "body",
    "ld.mask": "gate",
    "ld.affinity": Tap("near", info={"kernel": 3, "dilation": 1}),
    "fcn.logits": "first",
    "ga.logits": "second",
    "gald.logits": "last",
}


@pytest.fixture(scope="module")
def image():
    image = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    label = (np.arange(64 * 96).reshape(64, 96) // (64 * 24)).astype(np.int64)
    return image, label


def look(adapter: Adapter, image):
    torch.manual_seed(0)
    return capture(loaded(adapt(WithEverything(), CLASSES, adapter), "mine"), image)


@pytest.mark.parametrize("name", ["masks", "affinity", "errors", "stages", "separation", "tokens"])
def test_a_network_with_every_stage_gets_every_view(name, image):
    shot = look(Adapter(STAGES, classifier="last"), image[0])

    result = VIEWS[name].draw(shot, image[1])

    assert result.figures
    assert result.numbers


def test_without_an_adapter_errors_are_shown_and_the_rest_says_why_not(image):
    shot = look(Adapter(), image[0])

    reasons = {name: view.missing(shot) for name, view in VIEWS.items()}

    assert reasons["errors"] is None
    for name in ("masks", "affinity", "stages", "separation", "tokens"):
        assert str(reasons[name]).startswith("mine has no")
    for name in ("masks", "affinity", "stages", "tokens"):
        # Nothing is claimed about what the adapter does not name.
        assert str(reasons[name]).endswith(": its adapter names none.")


def test_the_capture_is_the_networks_own_answer_and_names_it(image):
    torch.manual_seed(0)
    module = WithEverything()
    centred = image[0] / 255 - np.array([0.485, 0.456, 0.406])
    planes = torch.tensor(centred / np.array([0.229, 0.224, 0.225]), dtype=torch.float32).permute(2, 0, 1)
    with torch.no_grad():
        features = module.body(planes[None])
        logits = module.last(features * torch.sigmoid(module.gate[0](features)))
        wide = nn.functional.interpolate(logits, (64, 96), mode="bilinear")[0]

    shot = look(Adapter(STAGES), image[0])

    np.testing.assert_array_equal(shot.prediction, wide.argmax(0).numpy())
    np.testing.assert_allclose(shot.stages["gald.logits"], logits[0].numpy(), atol=1e-5)
    assert shot.provenance["checkpoint"] == "mine"
    assert len(shot.provenance["checkpoint_sha256"]) == 64
