"""The study of sizes, on networks that are hardly trained."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.checkpoint import read_header
from models.config import ModelConfig, from_dict
from models.data.scenes import CLASSES
from models.data.sized_scenes import sized_scene
from models.segmenter import Segmenter
from models.study import size_response
from models.study.size_networks import FOLDER, card_text, ship, shipped
from models.study.size_response import HELD, NETWORKS, SizeStudy, measure, network, read_counts, run
from models.training.run_folder import RunFolder

SMALL = SizeStudy(seeds=(3,), networks=("fcn",), trunk_steps=1, steps=1, batch=2, scenes=1)


@pytest.fixture(scope="module", autouse=True)
def little_data():
    """Two scenes to train on and two to validate on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(size_response, "_DATA", replace(size_response._DATA, limit=2))
        yield


@pytest.fixture(scope="module")
def done(tmp_path_factory, little_data):
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
                logits = model.predict_logits(model.preprocess(image))[0].permute(1, 2, 0).tolist()
            for row in range(96):
                for column in range(192):
                    scores = logits[row][column]
                    called = scores.index(max(scores)) == CLASSES.index(knob)
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


def test_after_a_kill_only_what_is_missing_is_run(done, tmp_path, monkeypatch):
    out = tmp_path / "copy"
    shutil.copytree(done[0], out)
    study, trained, train = replace(SMALL, networks=("fcn", "ga-whole")), [], size_response.train

    def remembered(job, folder, **options):
        trained.append(job.preset)
        return train(job, folder, **options)

    def killed(model, scenes):
        raise KeyboardInterrupt

    monkeypatch.setattr(size_response, "train", remembered)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(size_response, "measure", killed)
        list(run(study, out, progress=False))
    weights = RunFolder(out / "seed-3/ga-whole").checkpoint.read_bytes()
    rows = list(run(study, out, progress=False))

    # FCN is not asked for at all, the trunk is handed back as it is, and so is GA, which only was not measured yet.
    assert trained == ["size-trunk", "size-ga-whole"] * 2
    assert RunFolder(out / "seed-3/ga-whole").checkpoint.read_bytes() == weights
    assert rows[:13] == done[1]
    assert [row.network for row in rows[13:]] == ["ga-whole"] * 13


def test_what_is_done_can_be_told_while_the_rest_is_missing(done, tmp_path):
    out, counts = done

    assert size_response.done(replace(SMALL, networks=("fcn", "head"), seeds=(3, 4)), out) == counts
    assert list(size_response.checkpoints(replace(SMALL, seeds=(3, 4)), out)) == ["3/trunk", "3/fcn"]
    with pytest.raises(ValueError, match="holds no finished run of these seeds and networks"):
        size_response.done(SMALL, tmp_path)
    with pytest.raises(ValueError, match=r"networks \['head'\] of seed 3 are not trained yet"):
        ship(replace(SMALL, networks=("fcn", "head")), counts, out, tmp_path)


def test_a_folder_of_other_conditions_is_refused(done):
    out, _ = done

    with pytest.raises(ValueError, match=r"was run with another train than asked for now; choose another folder"):
        list(run(replace(SMALL, steps=2), out, progress=False))
    with pytest.raises(ValueError, match=r"was measured on 1 scenes, not 2; choose another folder"):
        list(run(replace(SMALL, scenes=2), out, progress=False))


def test_networks_are_shipped_with_a_card_that_has_their_numbers(done, tmp_path):
    out, counts = done

    ship(SMALL, counts, out, tmp_path)

    text = (tmp_path / "card.md").read_text()
    assert text == card_text(counts, 3, tmp_path)
    assert read_header(tmp_path / "fcn.safetensors")["meta"]["training"]["preset"] == "size-fcn"
    assert f"{(tmp_path / 'fcn.safetensors').stat().st_size:,}" in text
    assert str(tmp_path) not in text


def test_what_ships_is_what_its_name_says_and_its_card_has_its_numbers():
    files = sorted(FOLDER.glob("*.safetensors"))
    if not files:
        pytest.skip("no network of the size response ships")

    assert sum(file.stat().st_size for file in files) < 5_000_000
    for file in files:
        header = read_header(file)
        assert header["meta"]["training"]["preset"] == f"size-{file.stem}"
        assert shipped(file.stem) == file
        wanted = network(file.stem)
        assert from_dict(ModelConfig, header["config"]) == replace(
            wanted, backbone=replace(wanted.backbone, frozen_stages=1)
        )
    results = read_counts(Path(__file__).parents[3] / "docs/study/size-response.csv")
    assert (FOLDER / "card.md").read_text() == card_text(results, results[0].seed)


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
