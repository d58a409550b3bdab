from __future__ import annotations

import pytest

from models.config import to_dict
from models.training.run_folder import RunFolder
from models.zoo import train as zoo_train
from models.zoo.recipes import job
from models.zoo.train import main, make


@pytest.fixture
def work(monkeypatch):
    """Instead of training: note what is asked for, and write a file with the name of the run."""
    notes = []

    def train(phase, folder, resume, progress):
        notes.append((folder.name, phase.train.start, phase.train.weights, resume))
        RunFolder(folder).create(to_dict(phase))
        RunFolder(folder).add_metrics(1, "train", {"loss": 1.0})
        RunFolder(folder).checkpoint.write_text(folder.name)
        return RunFolder(folder).checkpoint

    def probe(checkpoint, data, _config, out, _progress):
        notes.append(("probe", checkpoint.parent.parent.name, data.name))
        out.write_text("probed")
        return out

    monkeypatch.setattr(zoo_train, "train", train)
    monkeypatch.setattr(zoo_train, "probe", probe)
    return notes


def test_the_phases_are_trained_one_on_the_other(work, tmp_path):
    file = make("camvid-cgnl", tmp_path, root="R", weights="W")

    start, trunk = str(tmp_path / "camvid-start.safetensors"), str(tmp_path / "camvid-trunk.safetensors")
    assert work == [
        ("camvid-start", "", "W", False),
        ("camvid-trunk", start, "none", False),
        ("camvid-cgnl", trunk, "none", False),
    ]
    assert file == tmp_path / "camvid-cgnl.safetensors"
    assert file.read_text() == "camvid-cgnl"
    assert RunFolder(tmp_path / "camvid-cgnl").config() == to_dict(job("camvid-cgnl", "R", start=trunk))


def test_stage_classifiers_follow_where_the_recipe_has_them(work, tmp_path):
    file = make("scenes-aspp-ldv2", tmp_path, weights="W")

    assert work[-1] == ("probe", "scenes-aspp-ldv2", "scenes")
    assert file.read_text() == "probed"


def test_what_is_there_is_resumed(work, tmp_path):
    make("scenes-fcn", tmp_path)
    work.clear()

    make("scenes-aspp", tmp_path)

    assert [(note[0], note[-1]) for note in work] == [
        ("scenes-start", True),
        ("scenes-trunk", True),
        ("scenes-aspp", False),
    ]


def test_the_command_prints_the_file(work, tmp_path, capsys):
    code = main(["scenes-start", "--weights", "none", "--out", str(tmp_path), "--quiet"])

    assert code == 0
    assert capsys.readouterr().out == f"{tmp_path / 'scenes-start.safetensors'}\n"
    assert work == [("scenes-start", "", "none", False)]


def test_an_unknown_name_is_one_sentence(tmp_path, capsys):
    code = main(["scenes-psp", "--out", str(tmp_path)])

    assert code == 1
    assert capsys.readouterr().err.startswith(
        "python -m models.zoo.train: error: zoo job is 'scenes-psp', must be one of"
    )
    assert list(tmp_path.iterdir()) == []
