from __future__ import annotations

import argparse
import errno
from pathlib import Path

import pytest

from models.config import DataConfig, TrainConfig, to_dict
from models.presets import preset
from models.training import job as job_module
from models.training.__main__ import main
from models.training.command import _resumed_job, add_train_options, job_from, train_from
from models.training.run_folder import RunFolder
from models.zoo.recipes import job as recipe_job

QUICK = (
    *("--crop", "64,64", "--scales", "0.25,0.3", "--limit", "2", "--batch", "2", "--iterations", "2"),
    *("--workers", "0", "--accelerator", "cpu"),
)


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_train_options(parser)
    return parser.parse_args(words)


def test_a_preset_trains_with_the_defaults():
    job = job_from(parsed("tiny-fcn"))

    assert (job.preset, job.model) == ("tiny-fcn", preset("tiny-fcn").model)
    assert (job.data, job.train) == (DataConfig(), TrainConfig())


def test_options_change_the_preset_the_data_and_the_recipe():
    job = job_from(
        parsed("small-aspp-ldv2", "--data", "camvid", "--root", "d", "--lr", "0.5", "--distribution-kernel", "3")
    )

    assert (job.data.name, job.data.root, job.train.lr) == ("camvid", "d", 0.5)
    assert job.model.distribution.kernel == 3
    assert job.model.distribution.dilation == preset("small-aspp-ldv2").model.distribution.dilation


def test_a_recipe_brings_network_data_and_training():
    assert job_from(parsed("--recipe", "camvid-aspp", "--start", "s", "--root", "d")) == recipe_job(
        "camvid-aspp", root="d", start="s"
    )


def test_a_preset_replaces_the_network_of_a_recipe():
    job = job_from(parsed("tiny-fcn", "--recipe", "scenes-start"))

    assert (job.preset, job.model) == ("tiny-fcn", preset("tiny-fcn").model)
    assert job.train == recipe_job("scenes-start").train


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "nothing to train: give a PRESET"),
        (["resnet"], "preset is 'resnet', must be one of"),
        (["--recipe", "camvid-psp"], "recipe is 'camvid-psp', must be one of"),
        (["--recipe", "camvid-aspp"], "train --recipe camvid-trunk first, and give its checkpoint with --start"),
        (["tiny-fcn", "--distribution-kernel", "4"], "kernel is 4, must be odd"),
    ],
)
def test_options_that_describe_no_job_are_refused(words: list[str], message: str):
    with pytest.raises(ValueError, match=message):
        job_from(parsed(*words))


def test_training_prints_the_checkpoint_and_resumes_only_its_own_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    run = Path("runs", "tiny-aspp-ldv2-scenes")

    assert main(["train", "tiny-aspp-ldv2", *QUICK, "--quiet"]) == 0
    assert capsys.readouterr().out.strip() == str(run / "checkpoints" / "final.safetensors")

    assert main(["train", "tiny-aspp-ldv2", *QUICK]) == 1
    assert "holds a run already; resume it with --resume" in capsys.readouterr().err

    assert main(["train", "--resume", "--out", str(run), "--lr", "0.7"]) == 1
    assert f"error: the run in {run} was started with other values" in capsys.readouterr().err

    assert main(["train", "tiny-fcn", "--resume", "--out", str(run)]) == 1
    assert "was started with other values" in capsys.readouterr().err

    assert main(["train", "tiny-aspp-ldv2", *QUICK, "--resume", "--quiet"]) == 0
    assert capsys.readouterr().out.strip() == str(run / "checkpoints" / "final.safetensors")


def test_a_resumed_run_may_go_on_elsewhere(tmp_path: Path):
    arguments = parsed("tiny-fcn", "--batch", "4", "--accelerator", "cpu")
    run = RunFolder(tmp_path / "run")
    run.create(to_dict(job_from(arguments)))

    job = _resumed_job(parsed("--resume", "--devices", "2", "--accelerator", "auto"), run.path)

    assert (job.train.batch, job.train.devices, job.train.accelerator) == (4, 2, "auto")
    with pytest.raises(ValueError, match="batch is 4, and each of 1 x 3 processes"):
        _resumed_job(parsed("--resume", "--devices", "3"), run.path)
    with pytest.raises(ValueError, match="and where it runs"):
        _resumed_job(parsed("--resume", "--devices", "2", "--batch", "8"), run.path)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "has no room .* make room, then continue with --resume"),
        (MemoryError(), r"the memory does not suffice: start another run with lower batch \(now 4\)"),
    ],
)
def test_an_end_that_is_understood_is_one_sentence(error, message, tmp_path, monkeypatch):
    def failing(*_given: object, **_named: object) -> None:
        raise error

    monkeypatch.setattr(job_module, "train", failing)

    with pytest.raises(ValueError, match=message):
        train_from(parsed("tiny-fcn", "--batch", "4", "--accelerator", "cpu", "--out", str(tmp_path)))


def test_a_fault_of_ours_keeps_its_own_kind(tmp_path, monkeypatch):
    def failing(*_given: object, **_named: object) -> None:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(job_module, "train", failing)

    with pytest.raises(RuntimeError, match="shapes differ"):
        train_from(parsed("tiny-fcn", "--accelerator", "cpu", "--out", str(tmp_path)))


def test_resuming_what_never_ran_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["train", "--resume", "--out", str(tmp_path)]) == 1
    assert f"{tmp_path} is not a run folder" in capsys.readouterr().err

    assert main(["train", "--resume"]) == 1
    assert "give a PRESET" in capsys.readouterr().err


def test_a_command_that_does_not_exist_is_wrong_usage():
    with pytest.raises(SystemExit) as stopped:
        main(["evaluate"])

    assert stopped.value.code == 2
