"""A module of one's own with a small adapter: recorded, replaced, stretched, and what is refused with which words."""

from __future__ import annotations

from dataclasses import replace as replace_fields
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.adapters import Adapter, Tap, adapt
from models.adapters.adapted import loaded
from models.data.classes import ClassSet
from models.network import Preprocessing
from models.stages import record, replace, stages_of

THREE = ClassSet(("a", "b", "c"), ((1, 0, 0), (0, 1, 0), (0, 0, 1)))


class Own(nn.Module):
    """Two levels, a gate, an affinity and a linear layer on (B, h, w, C)."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 6, 3, 2, 1), nn.ReLU(), nn.Conv2d(6, 4, 3, 2, 1))
        self.gate = nn.Sequential(nn.Conv2d(4, 4, 1), nn.Sigmoid())
        self.weights = nn.Sequential(nn.Conv2d(4, 9, 1), nn.Softmax(dim=1))
        self.pair = Pair()
        self.idle = nn.Conv2d(4, 4, 1)
        self.last = nn.Linear(4, 3)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        features = self.body(image)
        context = self.pair(features)["context"]
        self.weights(context)
        gated = context + context * self.gate(context)
        return {"masks": self.last(gated.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)}


class Pair(nn.Module):
    def forward(self, features: Tensor) -> dict[str, Any]:
        return {"context": 2 * features, "names": ("x",), "both": (features, 3 * features)}


def masks(output: dict[str, Tensor]) -> Tensor:
    return output["masks"]


STAGES = {
    "fcn.features": "body",
    "ga.context": Tap("pair", item="context"),
    "ld.mask": "gate",
    "ld.affinity": Tap("weights", info={"kernel": 3, "dilation": 1, "border": "zero"}),
}


def own(**changes: Any) -> Adapter:
    return replace_fields(Adapter(STAGES, "last", masks), **changes)


@pytest.fixture
def image() -> Tensor:
    return torch.randn(2, 3, 64, 80)


def test_the_answer_is_the_modules_own_at_the_size_of_the_image(image):
    raw = Own().eval()
    with torch.no_grad():
        expected = F.interpolate(raw(image)["masks"], (64, 80), mode="bilinear", align_corners=False)

    torch.testing.assert_close(adapt(raw, THREE, own()).predict_logits(image), expected)


def test_stages_hold_what_the_module_computes(image):
    raw = Own()
    network = adapt(raw, THREE, own())
    with torch.inference_mode(), record(network) as seen:
        network(image)
    with torch.inference_mode():
        features = raw.body(image)
        gated = 2 * features * (1 + raw.gate[1](raw.gate[0](2 * features)))

    torch.testing.assert_close(seen["fcn.features"], features)
    torch.testing.assert_close(seen["ga.context"], 2 * features)
    torch.testing.assert_close(seen["classifier.features"], gated)
    assert torch.equal(seen["tokens"], raw.last.weight)
    assert seen["ld.affinity"].shape == (2, 9, 16, 20)
    info = stages_of(network)["ld.affinity"]
    assert (info.kind, info.info["kernel"], info.info["border"]) == ("affinity", 3, "zero")


def test_a_replaced_mask_a_replaced_item_and_replaced_tokens_reach_the_answer(image):
    raw = Own()
    network = adapt(raw, THREE, own())
    with torch.no_grad():
        features = raw.body(image)

        def after(gated: Tensor, weight: Tensor) -> Tensor:
            return torch.einsum("bchw,kc->bkhw", gated, weight) + raw.last.bias[:, None, None]

        with replace(network, {"ld.mask": lambda mask: torch.ones_like(mask)}):
            torch.testing.assert_close(network(image), after(4 * features, raw.last.weight))
        with replace(network, {"ga.context": lambda context: 0 * context}):
            torch.testing.assert_close(network(image), after(0 * features, raw.last.weight))
        with replace(network, {"tokens": lambda rows: -rows, "ld.mask": lambda mask: 0 * mask}):
            torch.testing.assert_close(network(image), after(2 * features, -raw.last.weight))


def test_replaced_rows_of_a_convolution_reach_the_answer(image):
    last = nn.Conv2d(3, 3, 1, bias=False)
    once = last(image).detach()
    network = adapt(nn.Sequential(last), THREE, Adapter(classifier="0"))

    with replace(network, {"tokens": lambda rows: 2 * rows}):
        torch.testing.assert_close(network(image), 2 * once)


def test_sides_are_stretched_to_the_multiple_and_the_answer_is_stretched_back():
    image = torch.randn(1, 3, 70, 65)
    sizes = []

    class Fussy(nn.Module):
        def forward(self, image: Tensor) -> Tensor:
            sizes.append(tuple(image.shape[-2:]))
            return image[:, :, ::32, ::32]

    network = adapt(Fussy(), THREE, Adapter(multiple=32))
    stretched = F.interpolate(image, (96, 96), mode="bilinear", align_corners=False)
    expected = F.interpolate(stretched[:, :, ::32, ::32], (70, 65), mode="bilinear", align_corners=False)

    assert torch.equal(network.predict_logits(image), expected)
    assert sizes == [(64, 64), (96, 96)]


def test_images_are_normalised_as_the_adapter_says():
    look = Preprocessing((0.0, 0.5, 1.0), (1.0, 0.5, 0.25))
    network = adapt(nn.Conv2d(3, 3, 1), THREE, Adapter(preprocessing=look))

    planes = network.preprocess(np.full((2, 3, 3), 255, np.uint8))

    assert planes.shape == (1, 3, 2, 3)
    assert planes[0, :, 0, 0].tolist() == [1.0, 1.0, 0.0]


def test_without_classes_they_are_numbered_in_the_colours_of_voc():
    classes = adapt(nn.Conv2d(3, 4, 1)).classes

    assert classes.names == ("class 0", "class 1", "class 2", "class 3")
    assert classes.colors == ((0, 0, 0), (128, 0, 0), (0, 128, 0), (128, 128, 0))


def test_a_network_is_looked_at_and_not_trained():
    network = adapt(nn.Sequential(nn.Dropout(), nn.Conv2d(3, 3, 1)), THREE)

    assert not any(module.training for module in network.modules())
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_an_image_that_is_too_small_is_refused_with_the_size(image):
    with pytest.raises(ValueError, match="image is 64x80, this network needs at least 65x65"):
        adapt(Own(), THREE, own(min_size=65)).predict_logits(image)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stages": {"ld.mask": "gat"}}, r"module is 'gat' \(like 'gate'.*its parts are \['body', 'gate'"),
        ({"stages": {"ld.mask": "idle"}}, r"modules of stages \['ld.mask'\] are not called"),
        ({"stages": {"ga.context": "pair"}}, "output of 'pair' is a dict with .*'context'.*no tensor"),
        (
            {"stages": {"ga.context": Tap("pair", item="c")}},
            r"is a dict with \['both', 'context', 'names'\]; it has no item 'c'",
        ),
        (
            {"stages": {"ld.affinity": Tap("weights", info={"kernel": 5, "dilation": 1})}},
            "has 9 weights a position, kernel 5 has 25",
        ),
        ({"stages": {"ga.context": Tap("pair", item="names")}}, "is a tuple of 1, no tensor"),
        ({"stages": {"classifier.features": "body.2", "ld.mask": "gate"}, "classifier": "body.0"}, "must be a 1x1"),
        ({"classifier": "gate.0"}, "classifier 'gate.0' has 4 rows for 3 classes"),
        ({"logits": lambda output: output.get("out")}, "no logits .* found in the network's output, a dict with"),
        ({"min_size": 1, "logits": lambda output: output["out"]}, r"cannot look at an image of 1x1 \(KeyError"),
    ],
)
def test_a_wrong_adapter_is_refused_and_leaves_the_module_as_it_was(changes: dict[str, Any], message: str):
    module = Own()

    with pytest.raises(ValueError, match=message):
        adapt(module, THREE, own(**changes))

    # What was wrong can be put right with the same module.
    assert adapt(module, THREE, own()).predict_logits(torch.zeros(1, 3, 64, 64)).shape == (1, 3, 64, 64)


def test_logits_that_are_not_found_are_described():
    class Twice(nn.Module):
        def forward(self, image: Tensor) -> dict[str, Tensor]:
            return {"seg": image, "edge": image}

    with pytest.raises(ValueError, match=r"a dict with \['edge', 'seg'\]; say where .*Adapter\(logits="):
        adapt(Twice(), THREE)
    with pytest.raises(ValueError, match=r"which has shape \(1, 3, 4096\)"):
        adapt(nn.Flatten(2, 3), THREE)


def test_a_tensor_that_is_no_map_is_refused():
    with pytest.raises(ValueError, match=r"has shape \(1, 3, 4096\), a stage of kind features is \(B, C, h, w\)"):
        adapt(nn.Sequential(nn.Flatten(2), nn.Unflatten(2, (64, 64))), THREE, Adapter({"fcn.features": "0"}))


def test_another_number_of_classes_is_refused():
    with pytest.raises(ValueError, match=r"gives 5 logits a pixel, the class set has 3 names \(a, b, c\)"):
        adapt(nn.Conv2d(3, 5, 1), THREE)


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ({"ld.masks": "x"}, r"'ld.masks' \(like 'ld.mask'\), must be one of"),
        ({"tokens": "x"}, r"no output of a module; name the last layer with Adapter\(classifier=PATH\)"),
        ({"ld.affinity": "x"}, r"stage 'ld.affinity' lacks \('kernel', 'dilation'\)"),
    ],
)
def test_a_stage_has_a_name_that_the_views_know(stages: dict[str, str], message: str):
    with pytest.raises(ValueError, match=message):
        Adapter(stages)


def test_other_mistakes_in_an_adapter():
    with pytest.raises(ValueError, match="side of 'x' is 'inside', must be one of"):
        Tap("x", side="inside")
    with pytest.raises(ValueError, match="multiple is 0"):
        Adapter(multiple=0)


def test_the_identity_knows_weights_stages_and_code():
    torch.manual_seed(3)
    module = Own()

    def identity(adapter: Adapter, code: str = "") -> str:
        return loaded(adapt(module, THREE, adapter), "x", code=code).sha256

    first = identity(own())
    assert identity(own()) == first
    assert len({first, identity(own(stages={})), identity(own(), "f00"), identity(own(multiple=2))}) == 4
    with torch.no_grad():
        module.last.bias.add_(1e-6)
    assert identity(own()) != first
