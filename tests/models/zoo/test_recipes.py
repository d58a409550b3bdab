from __future__ import annotations

from dataclasses import replace

import pytest

from models.presets import DETECTORS as DETECTOR_PRESETS
from models.presets import PRESETS
from models.training.job import DetectorJob
from models.zoo.recipes import DETECTORS, FURTHER, PROBED, SYSTEMS, job, names, phase_before

SHIPPED = [f"{data}-{system}" for data in ("camvid", "scenes") for system in SYSTEMS]
PHASES = ("start", "trunk")


def test_there_are_two_phases_and_five_networks_for_each_data_set_and_those_of_the_other_papers():
    phases = [f"{data}-{phase}" for data in ("camvid", "scenes") for phase in PHASES]
    assert sorted(names()) == sorted([*SHIPPED, *phases, *FURTHER, *DETECTORS])
    others = {"ldga", "ann", "deeplabv3", "sfpn", "sfpn-hfgm", "hfgd"}
    assert set(FURTHER) == {"camvid-hfgd", *(f"scenes-{system}" for system in others)}
    assert set(SYSTEMS) == {"fcn", "cgnl", "cgnl-ldv1", "aspp", "aspp-ldv2"}
    assert set(PROBED) == {system for system in SYSTEMS if "ldv" in system}


@pytest.mark.parametrize("data", ["camvid", "scenes"])
def test_the_five_differ_in_the_head_alone(data):
    jobs = [job(f"{data}-{system}", root="R", start="S") for system in SYSTEMS]

    assert len({(each.data, each.train) for each in jobs}) == 1
    assert len({each.model.backbone for each in jobs}) == 1
    assert len({each.model for each in jobs}) == 5
    assert all(each.train.start == "S" and each.data.root == "R" for each in jobs)
    assert len({phase_before(f"{data}-{system}") for system in SYSTEMS}) == 1


@pytest.mark.parametrize("name", [name for name in names() if name not in DETECTORS])
def test_every_network_is_its_preset_but_for_stride_and_frozen_stages(name):
    found = job(name, start="S")
    own, planned = found.model.backbone, PRESETS[found.preset].model.backbone
    preset_stride = replace(own, output_stride=planned.output_stride, frozen_stages=0)

    assert replace(found.model, backbone=preset_stride) == PRESETS[found.preset].model
    assert own.output_stride == (16 if name.endswith("start") else planned.output_stride)
    assert found.preset.removeprefix("small-") in (*SYSTEMS, "ldga", "ann", "deeplabv3", "sfpn", "sfpn-hfgm", "hfgd")


@pytest.mark.parametrize("name", FURTHER)
def test_the_networks_of_the_other_papers_start_from_the_shipped_fcn_of_their_data(name):
    data = name.partition("-")[0]

    assert phase_before(name) == f"{data}-fcn"
    assert job(name, start="S").data == job(f"{data}-fcn", start="S").data


@pytest.mark.parametrize("name", SHIPPED)
def test_every_chain_of_phases_begins_with_the_weights(name):
    chain = [name]
    while before := phase_before(chain[-1]):
        chain.append(before)
    jobs = [job(link, weights="W", start="S") for link in chain]

    assert all(each.train.start == "S" and each.train.weights == "none" for each in jobs[:-1])
    assert (jobs[-1].train.start, jobs[-1].train.weights) == ("", "W")
    assert jobs[-1].model.backbone.frozen_stages == 0
    assert {each.data for each in jobs} == {jobs[0].data}


@pytest.mark.parametrize("name", DETECTORS)
def test_the_detectors_are_their_presets_from_imagenet_and_differ_in_the_block_alone(name):
    found = job(name, weights="W")

    assert isinstance(found, DetectorJob)
    assert found.model == DETECTOR_PRESETS[found.preset].model
    assert (phase_before(name), found.train.weights, found.train.start) == (None, "W", "")
    assert (found.data, found.train) == (job(DETECTORS[0], weights="W").data, job(DETECTORS[0], weights="W").train)


def test_recipes_are_selected_on_a_cut_of_train_and_measured_on_val():
    assert (job("camvid-fcn").data.split, job("camvid-fcn").data.val_split) == ("train", "val")
    cut = job("camvid-fcn", split="fit")
    assert (cut.data.split, cut.data.val_split) == ("fit", "select")


@pytest.mark.parametrize("ask", [job, phase_before])
def test_an_unknown_job_is_refused_with_the_names(ask):
    with pytest.raises(ValueError, match=r"zoo job is 'camvid-psp', must be one of \['camvid-start'"):
        ask("camvid-psp")
