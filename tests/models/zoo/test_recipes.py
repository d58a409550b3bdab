from __future__ import annotations

from dataclasses import replace

import pytest

from models.presets import PRESETS
from models.zoo.recipes import PROBED, SYSTEMS, job, names


def test_there_is_a_start_and_five_networks_for_each_data_set():
    assert len(names()) == len(set(names())) == 12
    assert {name.split("-", 1)[0] for name in names()} == {"camvid", "scenes"}
    assert {name.split("-", 1)[1] for name in names()} == {"start", "fcn", "cgnl", "cgnl-ldv1", "aspp", "aspp-ldv2"}
    assert set(PROBED) == {system for system in SYSTEMS if "ldv" in system}


@pytest.mark.parametrize("data", ["camvid", "scenes"])
def test_the_five_differ_in_the_head_alone(data):
    jobs = [job(f"{data}-{system}", root="R", start="S") for system in SYSTEMS]

    assert len({(each.data, each.train) for each in jobs}) == 1
    assert len({each.model.backbone for each in jobs}) == 1
    assert len({each.model for each in jobs}) == 5
    assert all(each.preset in PRESETS for each in jobs)
    assert all(each.train.start == "S" and each.data.root == "R" for each in jobs)


@pytest.mark.parametrize("name", [name for name in names() if not name.endswith("-start")])
def test_the_second_phase_holds_a_part_of_the_backbone_still_at_output_stride_8(name):
    found = job(name, start="S")

    assert found.model.backbone.output_stride == 8
    assert found.model.backbone.frozen_stages > 0
    assert found.train.freeze_bn
    assert found.model.head == PRESETS[found.preset].model.head
    assert replace(found.model.backbone, frozen_stages=0) == PRESETS[found.preset].model.backbone


@pytest.mark.parametrize("data", ["camvid", "scenes"])
def test_the_first_phase_trains_the_backbone_from_the_weights_given(data):
    first = job(f"{data}-start", root="R", weights="W")

    assert (first.model.backbone.output_stride, first.model.backbone.frozen_stages) == (16, 0)
    assert (first.train.weights, first.train.start, first.data.name, first.data.root) == ("W", "", data, "R")
    assert first.model.auxiliary
    assert first.model.head == "fcn"


def test_recipes_are_selected_on_a_cut_of_train_and_measured_on_val():
    assert (job("camvid-fcn").data.split, job("camvid-fcn").data.val_split) == ("train", "val")
    cut = job("camvid-fcn", split="fit")
    assert (cut.data.split, cut.data.val_split) == ("fit", "select")


def test_an_unknown_job_is_refused_with_the_names():
    with pytest.raises(ValueError, match=r"zoo job is 'camvid-psp', must be one of \['camvid-start', 'camvid-fcn'"):
        job("camvid-psp")
