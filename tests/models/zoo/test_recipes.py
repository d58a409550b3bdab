from __future__ import annotations

from dataclasses import replace

import pytest

from models.presets import PRESETS
from models.zoo.recipes import PROBED, SYSTEMS, job, names, phase_before

SHIPPED = [f"{data}-{system}" for data in ("camvid", "scenes") for system in SYSTEMS]
PHASES = ("start", "trunk")


def test_there_are_two_phases_and_five_networks_for_each_data_set():
    assert sorted(names()) == sorted(
        [*SHIPPED, *(f"{data}-{phase}" for data in ("camvid", "scenes") for phase in PHASES)]
    )
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


@pytest.mark.parametrize("name", names())
def test_every_network_is_its_preset_but_for_stride_and_frozen_stages(name):
    found = job(name, start="S")
    backbone = found.model.backbone

    assert (
        replace(found.model, backbone=replace(backbone, output_stride=8, frozen_stages=0))
        == PRESETS[found.preset].model
    )
    assert found.preset.removeprefix("small-") in SYSTEMS


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


def test_recipes_are_selected_on_a_cut_of_train_and_measured_on_val():
    assert (job("camvid-fcn").data.split, job("camvid-fcn").data.val_split) == ("train", "val")
    cut = job("camvid-fcn", split="fit")
    assert (cut.data.split, cut.data.val_split) == ("fit", "select")


@pytest.mark.parametrize("ask", [job, phase_before])
def test_an_unknown_job_is_refused_with_the_names(ask):
    with pytest.raises(ValueError, match=r"zoo job is 'camvid-psp', must be one of \['camvid-start'"):
        ask("camvid-psp")
