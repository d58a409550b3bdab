"""What every recipe keeps to."""

from __future__ import annotations

import argparse
from dataclasses import replace

import pytest
import torch

from models.config import DataConfig, TrainConfig, from_dict, to_dict
from models.data import DATASETS
from models.data.detection import DETECTION_SETS
from models.losses import LOSSES
from models.output_stride import at_output_stride
from models.presets import preset
from models.recipes import RECIPES, phases, recipe, recipes_of
from models.recipes.zoo import names as of_the_zoo
from models.segmenter import Segmenter
from models.training.command import add_train_options, job_from
from models.training.start import _what_computes

TRAINED = [name for name, entry in RECIPES.items() if entry.train is not None]
LISTED = [name for name in RECIPES if name not in TRAINED]


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_train_options(parser)
    return parser.parse_args(words)


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
        assert min(entry.data.crop) >= Segmenter(entry.model or preset(entry.preset).model, data.classes).min_size


@pytest.mark.parametrize("name", TRAINED)
def test_a_later_phase_fits_what_it_starts_from(name: str):
    entry = RECIPES[name]
    if not entry.after:
        # Without a start there is no head to take.
        assert (entry.train.start_head, entry.train.new_classes) == (False, False)
        return
    before = RECIPES[entry.after]
    first, second = (each.model or preset(each.preset).model for each in (before, entry))
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
    assert entry.train
    job = job_from(parsed("--recipe", name, "--root", "R", *(("--start", "S") if entry.after else ())))

    assert job.preset == entry.preset
    assert job.model == (entry.model or preset(entry.preset).model)
    assert job.data == replace(entry.data, root="R")
    assert job.train == replace(entry.train, start="S" if entry.after else "")


@pytest.mark.parametrize("name", LISTED)
def test_what_cannot_be_trained_is_listed_with_the_reason(name: str):
    entry = RECIPES[name]

    assert entry.data.name in DETECTION_SETS.names()
    with pytest.raises(ValueError, match=rf"recipe '{name}' is listed only: detectors cannot be trained here yet"):
        job_from(parsed("--recipe", name))


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
