"""What the views show of an HFGD network."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from gald_viz.probes.capture import capture
from gald_viz.views import VIEWS
from models.checkpoint import LoadedCheckpoint
from models.data.classes import ClassSet
from models.presets import preset
from models.segmenter import Segmenter

CLASSES = ClassSet(("a", "b", "c"), ((255, 0, 0), (0, 255, 0), (0, 0, 255)))
LABEL = np.repeat(np.arange(96)[None] // 32, 64, axis=0)


def shot(**options):
    torch.manual_seed(0)
    model = Segmenter(replace(preset("tiny-hfgd").model, **options), CLASSES).eval().requires_grad_(False)
    image = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    return model, capture(LoadedCheckpoint(model, "f" * 64, "hfgd", {}), image)


def test_the_shared_class_tokens_are_the_matrix_of_the_token_view():
    model, seen = shot()

    np.testing.assert_array_equal(seen.stages["tokens"], model.decoder.classifier.weight.flatten(1).numpy())
    assert VIEWS["tokens"].draw(seen, LABEL).figures


def test_both_branches_and_the_features_of_the_classifier_are_captured():
    _, seen = shot()

    assert seen.stages["guide.logits"].shape == (3, 2, 3)
    assert seen.stages["gald.logits"].shape == (3, 16, 24)
    assert seen.stages["classifier.features"].shape == (16, 16, 24)
    assert seen.stage_info["guide.logits"] == {"kind": "logits", "loss": "main"}


@pytest.mark.parametrize("name", ["errors", "separation", "tokens"])
def test_a_view_that_needs_no_block_of_gald_draws_it(name):
    assert VIEWS[name].draw(shot()[1], LABEL).numbers


def test_with_stage_classifiers_the_stages_can_be_compared():
    _, seen = shot(stage_classifiers=True)

    assert VIEWS["stages"].draw(seen, LABEL).numbers
