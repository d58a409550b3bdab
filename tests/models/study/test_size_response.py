"""The study of sizes, on networks that are hardly trained."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from models.checkpoint import read_header
from models.data.scenes import CLASSES
from models.data.sized_scenes import sized_scene
from models.segmenter import Segmenter
from models.study import size_response
from models.study.size_networks import card_text, ship, shipped
from models.study.size_response import HELD, NETWORKS, SizeStudy, measure, network, read_counts, run

SMALL = SizeStudy(seeds=(3,), networks=("fcn",), trunk_steps=1, steps=1, batch=2, scenes=1)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A folder with one finished row, and its counts."""
    out = tmp_path_factory.mktemp("size")
    return out, list(run(SMALL, out, progress=False))


@pytest.fixture
def model():
    torch.manual_seed(0)
    return Segmenter(network("gald-third"), CLASSES).eval()


def test_hits_and_labelled_pixels_are_those_of_a_slow_loop(model, monkeypatch):
    monkeypatch.setattr(size_response, "SIZES", {"pole": (2,), "sign": (8,)})

    found = list(measure(model, scenes=2))

    expected = []
    for knob, size in (("pole", 2), ("sign", 8)):
        labelled = answered = hits = 0
        for index in range(2):
            image, label = sized_scene("test", index, *({**HELD, knob: size}[key] for key in ("pole", "sign")))
            with torch.inference_mode():
                logits = model.predict_logits(model.preprocess(image))[0]
            for row in range(96):
                for column in range(192):
                    called = int(logits[:, row, column].argmax()) == CLASSES.index(knob)
                    there = label[row, column] == CLASSES.index(knob)
                    labelled, answered, hits = labelled + there, answered + called, hits + (there and called)
        expected.append((knob, size, labelled, answered, hits))
    assert found == expected


def test_the_networks_differ_in_the_head_alone_and_those_of_a_kind_in_reach_alone():
    configs = {name: network(name) for name in NETWORKS}

    assert len({config.backbone for config in configs.values()}) == 1
    for kind in ("ga", "gald"):
        same = [
            replace(c, aggregation=replace(c.aggregation, bins=(1,)))
            for n, c in configs.items()
            if n[:-4] and n.startswith(f"{kind}-")
        ]
        assert len(same) == 3
        assert len(set(same)) == 1
    pairs = [(configs[f"ga-{reach}"], configs[f"gald-{reach}"]) for reach in ("eighth", "third", "whole")]
    assert all(ga.aggregation == gald.aggregation for ga, gald in pairs)


def test_a_row_has_every_size_and_its_run_folder(done):
    out, counts = done

    assert [(count.knob, count.size) for count in counts] == [
        *(("pole", size) for size in (1, 2, 3, 4, 6, 8, 12)),
        *(("sign", size) for size in (4, 6, 8, 12, 16, 24)),
    ]
    assert {(count.network, count.seed, count.scenes) for count in counts} == {("fcn", 3, 1)}
    assert all(0 <= count.hits <= min(count.labelled, count.answered) for count in counts)
    assert read_counts(out / "seed-3/fcn/counts.csv") == counts


def test_a_row_that_is_done_is_not_run_again(done, monkeypatch):
    out, counts = done
    monkeypatch.setattr(size_response, "train", lambda *_, **__: pytest.fail("trained again"))

    assert list(run(SMALL, out, progress=False)) == counts


def test_after_a_kill_only_what_is_missing_is_run(tmp_path, monkeypatch):
    study = replace(SMALL, networks=("fcn", "ga-whole"))
    trained, train = [], size_response.train

    def dies_at_the_second(job, folder, **options):
        trained.append(job.preset)
        if trained.count("size-ga-whole") == 1 and job.preset == "size-ga-whole":
            raise KeyboardInterrupt
        return train(job, folder, **options)

    monkeypatch.setattr(size_response, "train", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        list(run(study, tmp_path, progress=False))
    first, trained[:] = list(trained), ["size-ga-whole"]
    rows = list(run(study, tmp_path, progress=False))

    assert first == ["size-trunk", "size-fcn", "size-trunk", "size-ga-whole"]
    # The trunk is asked for, but train() hands back what is done.
    assert trained[1:] == ["size-trunk", "size-ga-whole"]
    assert [row.network for row in rows] == ["fcn"] * 13 + ["ga-whole"] * 13


def test_a_folder_of_other_conditions_is_refused(done):
    out, _ = done

    with pytest.raises(ValueError, match=r"was run with another train than asked for now; choose another folder"):
        list(run(replace(SMALL, steps=2), out, progress=False))
    with pytest.raises(ValueError, match=r"is of 1 scenes, not 2; choose another folder"):
        list(run(replace(SMALL, scenes=2), out, progress=False))


def test_networks_are_shipped_with_a_card_that_has_their_numbers(done, tmp_path):
    out, counts = done

    ship(SMALL, counts, out, tmp_path)

    text = (tmp_path / "card.md").read_text()
    assert text == card_text(counts, 3, tmp_path)
    assert read_header(tmp_path / "fcn.safetensors")["meta"]["training"]["preset"] == "size-fcn"
    assert f"{(tmp_path / 'fcn.safetensors').stat().st_size:,}" in text
    assert str(tmp_path) not in text


def test_what_ships_has_the_study_s_architecture_and_is_small():
    files = [shipped(name) for name in NETWORKS]

    assert sum(file.stat().st_size for file in files) < 5_000_000
    assert {read_header(file)["meta"]["training"]["preset"] for file in files} == {f"size-{n}" for n in NETWORKS}


def test_what_does_not_exist_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"networks \['psp'\] do not exist; choose at least one of \['fcn'"):
        SizeStudy(networks=("psp",))
    with pytest.raises(ValueError, match="seeds are"):
        SizeStudy(seeds=())
    with pytest.raises(ValueError, match="network is 'psp'"):
        shipped("psp")
    with pytest.raises(ValueError, match="does not exist; run gald size"):
        read_counts(tmp_path / "none.csv")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="is no file of gald size"):
        read_counts(tmp_path / "other.csv")
