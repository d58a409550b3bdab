"""gald evaluate and gald predict as the test of a recipe shows its images."""

from __future__ import annotations

import argparse

import pytest

from gald_viz.commands.inference import add_inference_options, loaded_from, options_from
from models.checkpoint import save_checkpoint
from models.data.classes import ClassSet
from models.evaluation.inference import InferenceOptions
from models.presets import preset
from models.segmenter import Segmenter


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_inference_options(parser)
    return parser.parse_args(["--checkpoint", "c", *words])


def test_without_a_recipe_the_image_is_shown_as_it_is():
    assert options_from(parsed()) == InferenceOptions()
    given = options_from(parsed("--scales", "0.5,1", "--flip", "--tile", "64", "--average", "logits"))
    assert given == InferenceOptions((0.5, 1.0), True, 64, "logits")


def test_a_recipe_brings_its_test_and_other_options_win():
    six = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75)

    assert options_from(parsed("--recipe", "galdv1-cityscapes-test")) == InferenceOptions(six, True, 832, "logits")
    changed = options_from(parsed("--recipe", "galdv1-cityscapes-test", "--scales", "1", "--tile", "769"))
    assert changed == InferenceOptions((1.0,), True, 769, "logits")
    with pytest.raises(ValueError, match="recipe is 'gald', must be one of"):
        options_from(parsed("--recipe", "gald"))


def test_the_network_is_opened_at_the_stride_of_the_test(tmp_path):
    classes = ClassSet(("a", "b"), ((0, 0, 0),) * 2)
    save_checkpoint(Segmenter(preset("tiny-deeplabv3").model, classes), tmp_path / "a.safetensors", {})

    def stride(*words: str) -> int:
        given = parsed("--device", "cpu", *words)
        given.checkpoint = str(tmp_path / "a.safetensors")
        model = loaded_from(given).model
        assert isinstance(model, Segmenter)
        return model.config.backbone.output_stride

    assert stride() == 16
    assert stride("--recipe", "deeplabv3-voc") == 8
    assert stride("--recipe", "deeplabv3-voc", "--output-stride", "4") == 4
    assert stride("--recipe", "galdv1-ade20k") == 16
