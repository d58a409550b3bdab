from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest
import torch

from models.training import run_folder
from models.training.run_folder import RunFolder


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    return process.pid


def test_the_configuration_comes_back(run):
    assert run.config() == {"lr": 0.1}


def test_the_status_says_what_was_set(run):
    before = time.time()
    run.set_status("running", step=3, steps=8)

    status = run.status()

    assert (status["state"], status["step"], status["steps"]) == ("running", 3, 8)
    assert before <= status["time"] <= time.time()


def test_an_unknown_state_is_refused(run):
    with pytest.raises(ValueError, match=r"state is 'paused', must be one of .*'running'"):
        run.set_status("paused")


def test_the_status_is_replaced_whole_or_not_at_all(run, monkeypatch):
    run.set_status("running", step=1)

    def fails(*_given):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="disk full"):
        run.set_status("running", step=2)

    assert json.loads((run.path / "status.json").read_text())["step"] == 1
    assert sorted(file.name for file in run.path.iterdir()) == [
        *(".reserve", "checkpoints", "config.json", "pid", "process.json", "status.json")
    ]


def test_an_early_end_keeps_the_step_and_says_why(run):
    run.set_status("running", step=5, steps=8)

    run.end("failed", "the disk is full; make room.")

    status = run.status()
    assert (status["state"], status["step"], status["reason"]) == ("failed", 5, "the disk is full; make room.")
    assert (run.path / "log.txt").read_text().endswith("failed: the disk is full; make room.\n")


@pytest.mark.parametrize("state", ["queued", "starting", "running", "stopping"])
def test_a_dead_process_means_failed(run, state):
    run.set_status(state, step=5)
    assert run.status()["state"] == state

    (run.path / "pid").write_text(str(dead_pid()))

    assert run.status() == {**run.status(), "state": "failed", "step": 5}
    assert "--resume" in run.status()["reason"]


@pytest.mark.parametrize("state", ["stopped", "done", "failed"])
def test_a_run_that_ended_needs_no_process(run, state):
    run.set_status(state)
    (run.path / "pid").write_text(str(dead_pid()))

    assert run.status()["state"] == state


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a zombie from a living process")
def test_a_dead_process_that_its_parent_has_not_looked_at_is_dead(run):
    run.set_status("running")
    process = subprocess.Popen([sys.executable, "-S", "-c", ""], stdout=subprocess.PIPE)
    (run.path / "pid").write_text(str(process.pid))
    assert process.stdout is not None
    process.stdout.read()
    for _ in range(200):
        if run.status()["state"] == "failed":
            break
        time.sleep(0.05)

    assert run.status()["state"] == "failed"
    process.communicate()


@pytest.mark.parametrize("pid", ["", "no number", "0", "-1"])
def test_a_pid_that_is_none_counts_as_dead(run, pid):
    run.set_status("running")
    (run.path / "pid").write_text(pid)

    assert run.status()["state"] == "failed"


def test_a_run_that_ends_while_one_looks_is_not_called_failed(run, monkeypatch):
    run.set_status("running")

    def ends(self):
        self.set_status("done")
        return False

    monkeypatch.setattr(RunFolder, "_alive", ends)

    assert run.status()["state"] == "done"


@pytest.mark.parametrize(("read", "file"), [("config", "config.json"), ("status", "status.json")])
def test_a_folder_that_is_no_run_is_named(tmp_path, read, file):
    with pytest.raises(ValueError, match=f"is not a run folder: {file} is missing; start a run"):
        getattr(RunFolder(tmp_path), read)()


@pytest.mark.parametrize(("read", "file"), [("config", "config.json"), ("status", "status.json")])
def test_a_damaged_file_is_named(run, read, file):
    (run.path / file).write_text('{"state": "runn')

    with pytest.raises(ValueError, match=f"{file} is damaged .* start another run"):
        getattr(run, read)()


def test_metrics_are_appended_with_every_bit_of_a_float32(run):
    loss = torch.tensor(0.1, dtype=torch.float32) / 3
    run.add_metrics(1, "train", {"loss": loss.item(), "lr": 0.01})
    run.add_metrics(2, "val", {"miou": float("nan")})

    rows = run.metrics()

    assert (run.path / "metrics.csv").read_text().splitlines()[0] == "step,split,name,value"
    assert [row[:3] for row in rows] == [(1, "train", "loss"), (1, "train", "lr"), (2, "val", "miou")]
    assert torch.tensor(rows[0][3], dtype=torch.float32) == loss
    assert rows[2][3] != rows[2][3]


def test_rows_after_a_step_are_dropped_and_a_torn_row_too(run):
    for step in (1, 2, 3):
        run.add_metrics(step, "train", {"loss": step / 4})
    with (run.path / "metrics.csv").open("a") as file:
        file.write("2,train,l")

    run.drop_metrics_after(2)
    run.add_metrics(3, "train", {"loss": 9.0})

    assert run.metrics() == [(1, "train", "loss", 0.25), (2, "train", "loss", 0.5), (3, "train", "loss", 9.0)]
    assert (run.path / "metrics.csv").read_text().count("step") == 1


def test_there_are_no_metrics_before_the_first_step(run):
    assert run.metrics() == []
    assert not run.has_steps()

    run.drop_metrics_after(0)

    assert run.metrics() == []


def test_the_state_comes_back_bit_for_bit(run):
    assert run.load_state() is None
    state = {"model": {"w": torch.randn(3, 2)}, "step": 7, "origin": "random", "rng": torch.get_rng_state()}

    run.save_state(state)
    back = run.load_state()

    assert torch.equal(back["model"]["w"], state["model"]["w"])
    assert torch.equal(back["rng"], state["rng"])
    assert (back["step"], back["origin"]) == (7, "random")
    assert run.has_steps()


def test_a_state_that_cannot_be_written_leaves_the_last_good_one(run, monkeypatch):
    run.save_state({"step": 4})

    def fails(*_given):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="disk full"):
        run.save_state({"step": 8})

    assert run.load_state() == {"step": 4}
    assert [file.name for file in (run.path / "checkpoints").iterdir()] == ["state.pt"]


@pytest.mark.parametrize("content", [b"", b"not a state", b"\x80\x04\x95", b"PK\x03\x04half a zip"])
def test_a_damaged_state_is_named_with_the_fix(run, content):
    run.state_file.write_bytes(content)

    with pytest.raises(ValueError, match=r"state\.pt is damaged .* put a copy of it back, or delete it"):
        run.load_state()


class Harmful:
    def __reduce__(self):
        return (os.mkdir, ("executed",))


def test_a_state_cannot_run_code(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"step": Harmful()}, run.state_file)

    with pytest.raises(ValueError, match="is damaged"):
        run.load_state()

    assert not (tmp_path / "executed").exists()


def test_a_living_process_keeps_its_folder(run):
    run.set_status("running")
    assert run.is_active()

    with pytest.raises(ValueError, match=f"process {os.getpid()} is still at work .* delete .*pid"):
        run.create({})

    assert run.config() == {"lr": 0.1}
    run.set_status("stopped")
    run.create({"lr": 0.2})
    assert run.config() == {"lr": 0.2}


def test_all_states_of_the_contract_are_known():
    contract = "queued, starting, running, stopping, stopped, done, failed"
    assert ", ".join(run_folder.STATES) == contract
