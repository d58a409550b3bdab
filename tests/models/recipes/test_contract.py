"""What every recipe keeps to."""

from __future__ import annotations

import argparse
from dataclasses import replace

import pytest
import torch

from models.config import DataConfig, DetectorConfig, ModelConfig, TrainConfig, from_dict, to_dict
from models.data import DATASETS
from models.data.detection import DETECTION_SETS
from models.losses import LOSSES
from models.output_stride import at_output_stride
from models.presets import DETECTORS, preset
from models.recipes import RECIPES, phases, recipe, recipes_of
from models.recipes.zoo import names as of_the_zoo
from models.segmenter import Segmenter
from models.training.command import add_train_options, job_from
from models.training.start import _what_computes

DETECTION = [name for name, entry in RECIPES.items() if entry.preset in DETECTORS]
TRAINED = [name for name in RECIPES if name not in DETECTION]


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_train_options(parser)
    return parser.parse_args(words)


def network(name: str) -> ModelConfig:
    """What a recipe of segmentation trains."""
    entry = RECIPES[name]
    model = entry.model or preset(entry.preset).model
    assert isinstance(model, ModelConfig)
    return model


@pytest.mark.parametrize("name", TRAINED)
def test_a_recipe_names_what_exists(name: str):
    entry = RECIPES[name]

    data = DATASETS.get(entry.data.name)
    assert {entry.data.split, entry.data.val_split} <= set(data.SPLITS)
    assert set(entry.data.hard_classes) <= set(data.classes.names)
    assert entry.train.loss in LOSSES.names()
    assert from_dict(DataConfig, to_dict(entry.data)) == entry.data
    assert from_dict(TrainConfig, to_dict(entry.train)) == entry.train
    assert (entry.data.root, entry.train.start) == ("", "")
    assert entry.source
    # Random crops of a network's training are not smaller than it can see.
    with torch.device("meta"):
        assert min(entry.data.crop) >= Segmenter(network(name), data.classes).min_size


@pytest.mark.parametrize("name", TRAINED)
def test_a_later_phase_fits_what_it_starts_from(name: str):
    entry = RECIPES[name]
    if not entry.after:
        # Without a start there is no head to take.
        assert (entry.train.start_head, entry.train.new_classes) == (False, False)
        return
    before = RECIPES[entry.after]
    first, second = network(entry.after), network(name)
    assert first.backbone.name == second.backbone.name
    assert phases(name)[-2:] == (entry.after, name)
    if entry.train.start_head:
        stride = second.backbone.output_stride
        assert _what_computes(at_output_stride(first, stride)) == _what_computes(second)
        same = DATASETS.get(before.data.name).classes.names == DATASETS.get(entry.data.name).classes.names
        assert entry.train.new_classes != same


@pytest.mark.parametrize("name", TRAINED)
def test_a_recipe_is_a_job(name: str):
    entry = RECIPES[name]
    job = job_from(parsed("--recipe", name, "--root", "R", *(("--start", "S") if entry.after else ())))

    assert job.preset == entry.preset
    assert job.model == network(name)
    assert job.data == replace(entry.data, root="R")
    assert job.train == replace(entry.train, start="S" if entry.after else "")


@pytest.mark.parametrize("name", DETECTION)
def test_a_recipe_of_a_detector_is_a_job(name: str):
    entry = RECIPES[name]
    job = job_from(parsed("--recipe", name, "--root", "R"))

    assert {entry.data.split, entry.data.val_split} <= set(DETECTION_SETS.get(entry.data.name).SPLITS)
    assert (job.preset, job.model) == (entry.preset, entry.model)
    assert job.data == replace(entry.data, root="R")
    assert job.train == entry.train
    frozen = 0 if name in of_the_zoo() else 1
    assert job.model.backbone == replace(DETECTORS[entry.preset].model.backbone, frozen_stages=frozen)


def test_the_recipe_of_a_detector_trains_another_one_too_but_no_segmentation_network():
    job = job_from(parsed("faster-rcnn-nl", "--recipe", "faster-rcnn-voc"))

    assert isinstance(job.model, DetectorConfig)
    assert job.model.aggregation.name == "nonlocal"
    assert job.train.epochs == 14
    with pytest.raises(ValueError, match=r"'faster-rcnn-voc' trains 'faster-rcnn-gald', 'fcn' is another kind"):
        job_from(parsed("fcn", "--recipe", "faster-rcnn-voc"))


def test_a_later_phase_without_its_start_is_refused_with_the_order():
    message = (
        r"'deeplabv3-coco-voc-test' is a later phase \(deeplabv3-coco -> deeplabv3-coco-voc -> .*: train --recipe "
    )
    with pytest.raises(ValueError, match=message + "deeplabv3-coco-voc first, and give its checkpoint with --start"):
        job_from(parsed("--recipe", "deeplabv3-coco-voc-test"))


def test_steps_that_are_given_replace_the_epochs_of_a_recipe():
    job = job_from(parsed("--recipe", "galdv2-ade20k", "--iterations", "500"))
    assert (job.train.epochs, job.train.iterations) == (0, 500)

    assert job_from(parsed("--recipe", "galdv2-ade20k", "--epochs", "2")).train.epochs == 2


def test_names_are_found_and_others_refused():
    assert recipe("deeplabv3-voc") is RECIPES["deeplabv3-voc"]
    assert phases("galdv1-camvid") == ("galdv1-camvid",)
    assert "deeplabv3-voc-test" in recipes_of("deeplabv3-r101-os8")
    assert set(of_the_zoo()) < set(RECIPES)
    with pytest.raises(ValueError, match=r"recipe is 'gald', must be one of .*'camvid-aspp'"):
        recipe("gald")
