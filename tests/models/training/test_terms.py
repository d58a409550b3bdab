"""The objective's part for supervised stages."""

import math
from dataclasses import replace

import pytest
import torch

from models.config import LossConfig, TrainConfig
from models.data.scenes import CLASSES
from models.layers import resize
from models.losses.car import ClassAwareRegularisation
from models.presets import preset
from models.segmenter import Segmenter, SegOutput
from models.stages import Term
from models.training.recipe import Objective

# Two classes, every pixel of class 0: zero logits cost ln 2, (ln 3, 0) cost ln 4/3.
EVEN = torch.zeros(1, 2, 2, 2)
BETTER = torch.tensor([math.log(3.0), 0.0])[None, :, None, None].expand(1, 2, 1, 1)
LABELS = torch.zeros(1, 4, 4, dtype=torch.int64)


def loss_of(terms: dict[str, Term], loss: str = "cross_entropy", **config) -> float:
    objective = Objective(TrainConfig(loss=loss, **config), ignore_id=255)
    return objective(SegOutput(EVEN, None, terms), LABELS).item()


@pytest.mark.parametrize("weight", [1.0, 0.5, 0.0])
def test_inner_logits_have_the_main_loss_times_the_guiding_weight(weight):
    found = loss_of({"guide.logits": Term("main", BETTER)}, losses=LossConfig(guiding=weight))

    assert found == pytest.approx(math.log(2) + weight * math.log(4 / 3))


def test_inner_logits_are_mined_as_the_networks_own_are():
    # OHEM at p <= 0.6 and one pixel at least: of 16 pixels with p = 3/4, the ties at the hardest are all kept.
    found = loss_of({"guide.logits": Term("main", BETTER)}, loss="ohem", ohem_threshold=0.6, ohem_min_kept=1)

    assert found == pytest.approx(math.log(2) + math.log(4 / 3))


def test_auxiliary_logits_have_the_auxiliary_weight():
    assert loss_of({"ocr.logits": Term("auxiliary", BETTER)}) == pytest.approx(math.log(2) + 0.4 * math.log(4 / 3))


def test_regularised_features_have_car_with_the_networks_number_of_classes():
    features = torch.randn(1, 3, 2, 2)
    expected = ClassAwareRegularisation(LossConfig(), 255)(features, LABELS, num_classes=2).item()

    assert loss_of({"car.features": Term("car", features)}) == pytest.approx(math.log(2) + expected)


def test_terms_add_up():
    terms = {"a": Term("main", BETTER), "b": Term("auxiliary", BETTER), "c": Term("main", EVEN)}

    assert loss_of(terms) == pytest.approx(2 * math.log(2) + 1.4 * math.log(4 / 3))


def test_a_stage_classifier_learns_from_a_network_that_learns_nothing_from_it():
    torch.manual_seed(0)
    model = Segmenter(replace(preset("tiny-aspp-ldv2").model, stage_classifiers=True), CLASSES)
    objective = Objective(TrainConfig(loss="cross_entropy"), CLASSES.ignore_id)
    labels = torch.randint(0, len(CLASSES), (2, 64, 64))

    output = model(torch.randn(2, 3, 64, 64))
    alone, together = objective(output._replace(terms={}), labels), objective(output, labels)

    assert sorted(output.terms) == ["fcn.logits", "ga.logits"]
    plain = (torch.nn.functional.cross_entropy(resize(term.value, (64, 64)), labels) for term in output.terms.values())
    assert together.item() == pytest.approx((alone + sum(plain)).item())
    own = [value for name, value in model.named_parameters() if not name.startswith("stage_classifiers.")]
    classifiers = list(model.stage_classifiers.parameters())
    expected = torch.autograd.grad(alone, own, retain_graph=True, allow_unused=True)
    found = torch.autograd.grad(together, own + classifiers, allow_unused=True)
    for one, other in zip(expected, found, strict=False):
        torch.testing.assert_close(one, other)
    assert all(gradient is not None and gradient.abs().sum() > 0 for gradient in found[-1:])
