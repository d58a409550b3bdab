from __future__ import annotations

import importlib.metadata
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.checkpoint import load_checkpoint
from models.config import from_dict, to_dict
from models.data import open_data
from models.evaluation.evaluate import evaluate
from models.presets import preset
from models.training import segmentation as segmentation_module
from models.training.job import Job, train
from models.training.recipe import Objective
from models.training.run_folder import RunFolder

KILLED_AT_STEP_6 = """
import json, os, signal, sys
from models.config import from_dict
from models.training.job import Job, train
from models.training.run_folder import RunFolder

write = RunFolder.add_metrics

def add_metrics(self, step, split, values):
    write(self, step, split, values)
    if step == 6:
        os.kill(os.getpid(), signal.SIGKILL)

RunFolder.add_metrics = add_metrics
train(from_dict(Job, json.loads(sys.argv[1])), sys.argv[2], progress=False)
"""


@pytest.fixture(scope="module")
def finished(make_job, tmp_path_factory) -> Path:
    """Folder of an uninterrupted run of 8 steps that validates after 3 and 6."""
    folder = tmp_path_factory.mktemp("runs") / "finished"
    train(make_job(validate_every=3), folder, progress=False)
    return folder


def test_a_run_leaves_its_configuration_and_its_course(finished, make_job):
    run = RunFolder(finished)
    status = run.status()
    rows = run.metrics()

    assert from_dict(Job, run.config()) == make_job(validate_every=3)
    assert (status["state"], status["step"], status["steps"], status["eta"]) == ("done", 8, 8, 0)
    assert status["device"] == "cpu"
    # Torch alone takes more than 100 MB.
    assert 1e8 < status["memory"] < 1e11
    assert status["samples_per_second"] == pytest.approx(2 / status["step_seconds"])
    assert [row[0] for row in rows if row[1:3] == ("train", "lr")] == [1, 2, 3, 4, 5, 6, 7, 8]
    # Poly with exponent 0.9: the second of eight steps runs at 7/8.
    assert [row[3] for row in rows if row[1:3] == ("train", "lr")][:2] == pytest.approx([0.05, 0.05 * 0.875**0.9])
    assert [row[0] for row in rows if row[1:3] == ("val", "miou")] == [3, 6, 8]
    assert status["miou"] == pytest.approx(rows[-2][3], rel=1e-8)
    assert "start: random" in (finished / "log.txt").read_text()
    assert int((finished / "pid").read_text()) == os.getpid()
    assert {file.name for file in (finished / "checkpoints").iterdir()} == {"state.pt", "final.safetensors"}


def test_the_checkpoint_describes_its_training_without_paths_of_the_machine(finished, blocks_root):
    loaded = load_checkpoint(finished / "checkpoints" / "final.safetensors")
    training = loaded.meta["training"]

    assert training["preset"] == "tiny-cgnl-ldv1"
    assert (training["data"]["name"], training["images"], training["start"]) == ("folder", 8, "random")
    assert (training["recipe"]["iterations"], training["recipe"]["seed"], training["first_phase"]) == (8, 0, {})
    assert training["seconds"] > 0
    assert loaded.meta["params"] == sum(value.numel() for value in loaded.model.parameters())
    assert loaded.meta["provenance"]["versions"]["torch"] == importlib.metadata.version("torch")
    assert str(blocks_root) not in json.dumps(dict(loaded.meta))
    assert str(finished.parent) not in json.dumps(dict(loaded.meta))


def test_evaluating_the_checkpoint_again_gives_its_numbers(finished, blocks_root):
    loaded = load_checkpoint(finished / "checkpoints" / "final.safetensors")

    again = evaluate(loaded.model, open_data("folder", blocks_root, "val"), progress=False).to_json()

    assert {**again, "split": "val", "images": 2} == loaded.meta["metrics"]
    assert again["miou"] > 0


def test_training_killed_in_the_middle_goes_on_bit_for_bit(finished, make_job, losses, course, tmp_path):
    folder = tmp_path / "killed"
    text = json.dumps(to_dict(make_job(validate_every=3)))
    environment = {**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads())}

    done = subprocess.run(
        [sys.executable, "-c", KILLED_AT_STEP_6, text, str(folder)],
        cwd=Path(__file__).resolve().parents[3],
        env=environment,
        check=False,
    )

    assert done.returncode == -signal.SIGKILL
    assert RunFolder(folder).status()["state"] == "failed"
    assert (RunFolder(folder).load_state() or {})["step"] == 4
    assert [step for step, _ in losses(folder)] == [1, 2, 3, 4, 5, 6]

    train(make_job(), folder, resume=True, progress=False)

    assert losses(folder) == losses(finished)
    assert course(folder) == course(finished)
    assert RunFolder(folder).status()["state"] == "done"


@pytest.mark.usefixtures("plain_signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_after_the_step_and_nothing_is_lost(number, finished, make_job, losses, tmp_path, monkeypatch):
    forward, steps = Objective.forward, []

    def interrupted(self, output, labels):
        steps.append(1)
        if len(steps) == 3:
            signal.raise_signal(number)
        return forward(self, output, labels)

    with monkeypatch.context() as patch:
        patch.setattr(Objective, "forward", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(make_job(), tmp_path / "run", progress=False)
    status = RunFolder(tmp_path / "run").status()

    assert (status["state"], status["step"], status["steps"]) == ("stopped", 3, 8)
    assert "--resume" in status["reason"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    train(make_job(), tmp_path / "run", resume=True, progress=False)

    # The reference validated in between, this run did not: validation leaves training as it is.
    assert losses(tmp_path / "run") == losses(finished)


def test_a_run_killed_before_its_first_state_starts_again_without_double_rows(make_job, losses, finished, tmp_path):
    folder = tmp_path / "run"
    run = RunFolder(folder)
    run.create(to_dict(make_job()))
    run.set_status("failed", reason="killed")
    run.add_metrics(1, "train", {"loss": 123.0})

    train(make_job(), folder, resume=True, progress=False)

    assert losses(folder) == losses(finished)


def test_loader_processes_change_nothing(make_job, losses, finished, tmp_path):
    train(make_job(workers=2), tmp_path / "run", progress=False)

    assert losses(tmp_path / "run") == losses(finished)


def test_another_seed_is_another_training(make_job, losses, finished, tmp_path):
    train(make_job(iterations=1, seed=1), tmp_path / "run", progress=False)

    assert losses(tmp_path / "run")[0] != losses(finished)[0]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_ends_the_run_with_reason_and_fix(bad, make_job, tmp_path, monkeypatch):
    forward = Objective.forward
    monkeypatch.setattr(Objective, "forward", lambda self, *given: forward(self, *given) * bad)

    with pytest.raises(ValueError, match=rf"loss is {bad} at step 1; .* lower lr \(now 0.05\)"):
        train(make_job(), tmp_path / "run", progress=False)

    status = RunFolder(tmp_path / "run").status()
    assert status["state"] == "failed"
    assert "lower lr" in status["reason"]
    assert "lower lr" in (tmp_path / "run" / "log.txt").read_text()


def test_a_fault_of_any_kind_leaves_a_failed_run(make_job, tmp_path, monkeypatch):
    def broken(self, *_given):
        raise RuntimeError("a kernel failed")

    monkeypatch.setattr(Objective, "forward", broken)

    with pytest.raises(RuntimeError, match="a kernel failed"):
        train(make_job(), tmp_path / "run", progress=False)

    assert RunFolder(tmp_path / "run").status()["reason"] == "RuntimeError: a kernel failed"


def test_a_run_is_not_overwritten(finished, make_job):
    with pytest.raises(ValueError, match="holds a run already; resume it with --resume or choose another folder"):
        train(make_job(), finished, progress=False)


def test_a_run_that_never_began_may_be_started_again(make_job, tmp_path, losses):
    job = make_job(iterations=1)
    missing = replace(job, data=replace(job.data, root=str(tmp_path / "nowhere")))
    # Found out before the network is built, after it, and when the first step is asked for.
    small = replace(job, data=replace(job.data, crop=(32, 32)), model=preset("tiny-cgnl-ldv1").model)
    large = replace(job, train=replace(job.train, batch=9))
    for wrong, message in (
        (missing, "nowhere"),
        (small, r"crop is \(32, 32\), .* at least 113"),
        (large, "batch is 9"),
    ):
        with pytest.raises(ValueError, match=message):
            train(wrong, tmp_path / "run", progress=False)
        assert RunFolder(tmp_path / "run").status()["state"] == "failed"

    train(job, tmp_path / "run", progress=False)

    assert len(losses(tmp_path / "run")) == 1


def test_a_finished_run_is_not_trained_again(finished, make_job):
    before = {file: file.stat().st_mtime_ns for file in finished.rglob("*") if file.is_file()}

    checkpoint = train(make_job(), finished, resume=True, progress=False)

    assert checkpoint == finished / "checkpoints" / "final.safetensors"
    assert {file: file.stat().st_mtime_ns for file in finished.rglob("*") if file.is_file()} == before


def test_a_run_interrupted_in_its_last_evaluation_is_not_trained_again(make_job, course, tmp_path, monkeypatch):
    def interrupted(*_given):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(segmentation_module, "save_measured", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(make_job(iterations=2), tmp_path / "run", progress=False)
    monkeypatch.setattr(Objective, "forward", interrupted)

    train(make_job(), tmp_path / "run", resume=True, progress=False)

    rows = [row[:3] for row in course(tmp_path / "run")]
    assert rows[:4] == [(1, "train", "loss"), (1, "train", "lr"), (2, "train", "loss"), (2, "train", "lr")]
    assert {row[:2] for row in rows[4:]} == {(2, "val")}
    assert [name for *_, name in rows[4:]][-2:] == ["miou", "pixel_accuracy"]


def test_resuming_what_is_no_run_is_refused(make_job, tmp_path):
    with pytest.raises(ValueError, match=r"is not a run folder: config.json is missing; start a run without --resume"):
        train(make_job(), tmp_path, resume=True, progress=False)


def test_a_damaged_state_is_named_with_the_fix_and_left_alone(finished, make_job, tmp_path):
    run = RunFolder(tmp_path / "run")
    run.create(to_dict(make_job()))
    half = (finished / "checkpoints" / "state.pt").read_bytes()[:5000]
    run.state_file.write_bytes(half)

    with pytest.raises(ValueError, match=r"state\.pt is damaged .* delete it to resume from step 0"):
        train(make_job(), run.path, resume=True, progress=False)

    assert run.state_file.read_bytes() == half
    assert run.status()["state"] == "failed"


def test_a_run_that_another_process_works_on_is_refused(make_job, tmp_path):
    run = RunFolder(tmp_path / "run")
    run.create(to_dict(make_job()))
    run.set_status("running")
    (run.path / "pid").write_text(str(os.getppid()))

    with pytest.raises(ValueError, match=f"process {os.getppid()} is still at work .* wait until it ends or stop it"):
        train(make_job(), run.path, resume=True, progress=False)
