"""gald size: what it prints and the document it writes, from results that are made up."""

from __future__ import annotations

import json

import pytest
import torch

from gald_viz.cli import main
from gald_viz.paper import size_response as document
from models.checkpoint import save_checkpoint
from models.data.scenes import CLASSES
from models.provenance import provenance
from models.segmenter import Segmenter
from models.study import size_response
from models.study.size_response import SIZES, SizeCount, network, read_counts

NETWORKS = ("fcn", "ga-whole", "gald-whole")
# GA finds 20 points less of small posts, and GALD 10 more than GA; of large posts and of signs all find the same.
SMALL_POSTS = {"fcn": 500, "ga-whole": 300, "gald-whole": 400}


def made_up(seeds) -> list[SizeCount]:
    return [
        SizeCount(
            name, seed, knob, size, 40, 1000, 2000, (SMALL_POSTS[name] if knob == "pole" and size <= 3 else 600) + seed
        )
        for seed in seeds
        for name in NETWORKS
        for knob in SIZES
        for size in SIZES[knob]
    ]


@pytest.fixture
def finished(tmp_path, monkeypatch):
    """A study whose runs are there; returns its command."""
    file = tmp_path / "runs" / "some.safetensors"
    training = {"seconds": 60.0, "data": {}, "recipe": {}}
    torch.manual_seed(0)
    meta = {"params": 1234, "training": training, "provenance": provenance()}
    save_checkpoint(Segmenter(network("fcn"), CLASSES), file, meta)
    monkeypatch.setattr(size_response, "run", lambda study, *_, **__: iter(made_up(study.seeds)))
    monkeypatch.setattr(size_response, "done", lambda study, _: made_up(study.seeds)[:-13])
    names = [f"{seed}/{name}" for seed in (0, 1, 2) for name in ("trunk", *NETWORKS)]
    monkeypatch.setattr(document, "checkpoints", lambda *_: dict.fromkeys(names, file))
    return ["size", "--networks", ",".join(NETWORKS), "--out", str(tmp_path / "runs"), "--quiet"]


def test_the_answer_has_every_row_and_the_verdicts(finished, capsys):
    assert main([*finished, "--seeds", "0,1,2", "--json"]) == 0

    answer = json.loads(capsys.readouterr().out)
    assert len(answer["rows"]) == 3 * 3 * 13
    verdicts = {
        (line["class"], line["difference"], line["sizes"]): (line["mean"], line["verdict"])
        for line in answer["comparisons"]
        if line["rate"] == "recall"
    }
    assert verdicts["pole", "ga-whole - fcn", "small"] == (-20.0, "less")
    assert verdicts["pole", "gald-whole - ga-whole", "small"] == (10.0, "more")
    assert verdicts["pole", "ga-whole - fcn", "gap"] == (-20.0, "less")
    assert verdicts["sign", "ga-whole - fcn", "small"] == (0.0, "undecided")


def test_one_seed_decides_nothing_and_is_valid_json(finished, capsys):
    assert main([*finished, "--seeds", "1", "--json"]) == 0

    lines = json.loads(capsys.readouterr().out)["comparisons"]
    assert {line["verdict"] for line in lines} == {"undecided"}
    assert {line["low"] for line in lines} == {None}


def test_a_report_tells_what_is_done_and_leaves_open_what_is_not(finished, capsys):
    assert main([*finished, "--seeds", "0,1", "--report", "--json"]) == 0

    lines = json.loads(capsys.readouterr().out)["comparisons"]
    # The last network of the second seed is missing: a single pair is left, and one pair decides nothing.
    verdicts = {line["verdict"] for line in lines if line["difference"] == "gald-whole - ga-whole"}
    assert verdicts == {"undecided"}
    assert any(line["verdict"] == "less" for line in lines if line["difference"] == "ga-whole - fcn")


def test_the_document_is_written_from_the_results(finished, tmp_path, capsys):
    assert main([*finished, "--seeds", "0,1,2", "--document", str(tmp_path / "docs")]) == 0

    text = " ".join((tmp_path / "docs/study-size.md").read_text().split())
    assert "**GA finds less of small things than the FCN**: decided so in 1 of 2 cases." in text
    assert "posts, GA whole − FCN **-20.0 [-20.0, -20.0]**" in text
    assert "**LD brings back what GA of its reach lost, or adds to it**: decided so in 1 of 2 cases." in text
    assert "12 runs, 12 min of training in all (60 to 60 s each)" in text
    assert "Of the single differences by size, 6 of 26 are decided" in text
    assert "{" not in text
    assert str(tmp_path) not in text
    assert (tmp_path / "docs/study-size.png").read_bytes().startswith(b"\x89PNG")
    assert read_counts(tmp_path / "docs/study/size-response.csv") == made_up((0, 1, 2))
    assert "fcn" in capsys.readouterr().out


def test_a_network_that_does_not_exist_is_one_sentence(capsys):
    assert main(["size", "--networks", "psp"]) == 1

    assert capsys.readouterr().err.startswith("gald: error: networks ['psp'] do not exist; choose at least one of")
