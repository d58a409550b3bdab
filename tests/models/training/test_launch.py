"""Jobs in processes of their own, as the page and the notebook start them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from models.config import to_dict
from models.device import devices_of
from models.training import launch
from models.training.run_folder import RunFolder
from models.training.turn import SHARE, check_free, turn_on


def until(run: RunFolder, *states: str, step: int = 0) -> dict:
    """The status once the run is in one of the states, at this step or later."""
    for _ in range(3600):
        status = run.status()
        if status["state"] in states and status.get("step", 0) >= step:
            return status
        if status["state"] in ("done", "failed") and status["state"] not in states:
            break
        time.sleep(0.05)
    pytest.fail(f"the run never was {states} at step {step}: {run.status()} {(run.path / 'console.txt').read_text()}")


@pytest.mark.slow
def test_a_job_outlives_whoever_started_it_and_stops_and_goes_on(make_job, tmp_path, losses):
    folder = tmp_path / "run"
    job = make_job("tiny-fcn", iterations=600, batch=2, checkpoint_every=0, validate_every=200)
    script = (
        "import json, sys\nfrom models.training.job import job_of\nfrom models.training.launch import launch\n"
        "launch(job_of(json.loads(sys.argv[1])), sys.argv[2])"
    )
    # The starter ends at once, as a notebook's kernel that is shut down.
    subprocess.run([sys.executable, "-c", script, json.dumps(to_dict(job)), str(folder)], check=True)
    run = RunFolder(folder)
    until(run, "running", step=2)
    assert os.getsid(run.process().pid) == run.process().pid
    with pytest.raises(ValueError, match=r"holds a run already"):
        launch.launch(job, folder)
    with pytest.raises(ValueError, match=rf"device cpu is taken by the run {folder} \(process {run.process().pid}\)"):
        launch.launch(job, tmp_path / "second")
    assert not (tmp_path / "second").exists()

    launch.stop(folder)
    stopped = until(run, "stopped")
    assert run.load_state()["step"] == stopped["step"] < 600

    launch.resume(folder)
    assert until(run, "done")["step"] == 600
    assert [step for step, _ in losses(folder)] == list(range(1, 601))
    with pytest.raises(ValueError, match="is done; only one that was stopped or failed can be resumed"):
        launch.resume(folder)
    with pytest.raises(ValueError, match="is done; only one that is at work can be stopped"):
        launch.stop(folder)


def test_a_queued_job_waits_for_the_device_and_can_be_stopped(make_job, tmp_path):
    with turn_on(["cpu"], RunFolder(tmp_path / "first")):
        run = launch.launch(make_job("tiny-fcn"), tmp_path / "second", wait=True)
        for _ in range(3600):
            if run.status().get("reason"):
                break
            time.sleep(0.05)
        status = run.status()
        assert status["state"] == "queued"
        assert f"waits until the run {tmp_path / 'first'}" in status["reason"]
        launch.stop(run.path)
        assert until(run, "stopped")["reason"].startswith("interrupted")


def test_a_job_on_several_devices_holds_all_of_them(tmp_path):
    both = devices_of("cuda", 2)
    assert both == ["cuda:0", "cuda:1"]

    with turn_on(both, RunFolder(tmp_path / "first")):
        for device in both:
            with pytest.raises(ValueError, match=rf"device {device} is taken by the run {tmp_path / 'first'}"):
                check_free([device])
        with pytest.raises(ValueError, match="device cuda:1 is taken"), turn_on(["cuda:1"], RunFolder(tmp_path)):
            pass
        with turn_on(["cuda:2"], RunFolder(tmp_path)):
            pass
        # A second job that shares, as the other processes of a job do.
        with turn_on(both, RunFolder(tmp_path), SHARE):
            pass

    check_free(both)


def test_what_is_refused_leaves_nothing_held(tmp_path):
    with turn_on(["cuda:1"], RunFolder(tmp_path / "first")):
        with pytest.raises(ValueError, match="cuda:1 is taken"), turn_on(["cuda:0", "cuda:1"], RunFolder(tmp_path)):
            pass
        check_free(["cuda:0"])


def test_a_process_that_cannot_start_says_why(make_job, tmp_path, monkeypatch):
    monkeypatch.setattr(launch.sys, "executable", str(tmp_path / "python"))
    (tmp_path / "python").write_text("#!/bin/sh\necho no such module >&2\nexit 1\n")
    (tmp_path / "python").chmod(0o755)

    run = launch.launch(make_job("tiny-fcn"), tmp_path / "run")

    assert "ended without a word (no such module)" in until(run, "failed")["reason"]


def test_a_job_that_has_not_begun_is_stopped_too(make_job, tmp_path, monkeypatch):
    monkeypatch.setattr(launch.sys, "executable", str(tmp_path / "python"))
    (tmp_path / "python").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "python").chmod(0o755)
    run = launch.launch(make_job("tiny-fcn"), tmp_path / "run")

    launch.stop(run.path)

    assert run.status()["state"] == "stopped"


@pytest.fixture
def made(make_job: Callable, tmp_path: Path) -> Callable[..., RunFolder]:
    def make(name: str, state: str) -> RunFolder:
        run = RunFolder(tmp_path / name)
        run.create(to_dict(make_job("tiny-fcn")))
        run.set_status(state, step=3)
        return run

    return make


def test_runs_are_listed_the_latest_first_with_what_is_broken(made, tmp_path):
    made("old", "done")
    made("new", "running")
    (tmp_path / "no run").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{")

    found = launch.runs(tmp_path)

    assert [(run.path.name, run.state, run.preset, run.data) for run in found] == [
        ("new", "running", "tiny-fcn", "folder"),
        ("old", "done", "tiny-fcn", "folder"),
        ("broken", "failed", "", ""),
    ]
    assert "is damaged" in found[-1].status["reason"]
    assert launch.runs(tmp_path / "nowhere") == []


def test_a_run_of_another_machine_is_followed_and_not_touched(made):
    run = made("far", "running")
    mark = json.loads((run.path / "process.json").read_text())
    (run.path / "process.json").write_text(json.dumps({**mark, "host": "node-7", "pid": 999_999_999}))
    (run.path / "pid").write_text("999999999")

    state = launch.run_state(run.path)

    assert (state.state, state.host, state.active) == ("running", "node-7", True)
    with pytest.raises(ValueError, match="works on node-7; stop it there: kill 999999999"):
        launch.stop(run.path)


def test_waiting_ends_with_the_run_at_a_step_or_in_time(made):
    assert launch.wait(made("stopped", "stopped").path).state == "stopped"
    assert launch.wait(made("running", "running").path, step=3).status["step"] == 3
    with pytest.raises(ValueError, match=r"is running after 0\.1 s; look at it, or wait longer"):
        launch.wait(made("slow", "running").path, step=4, seconds=0.1)


def test_a_living_process_holds_memory_and_an_ended_one_none(made):
    mark = made("run", "running").process()

    assert 1e7 < mark.memory() < 1e11
    assert replace(mark, started="1").memory() == 0


def test_a_run_goes_on_on_another_device(made, monkeypatch):
    run = made("run", "stopped")
    run.create({**run.config(), "train": {**run.config()["train"], "accelerator": "cuda:7", "devices": 2}})
    run.set_status("stopped", step=3)
    monkeypatch.setattr(launch, "_start", lambda *_given: None)
    with pytest.raises(ValueError, match="cuda:7"):
        launch.resume(run.path)

    launch.resume(run.path, accelerator="cpu")

    assert (run.config()["train"]["accelerator"], run.config()["train"]["devices"]) == ("cpu", 1)


@pytest.mark.parametrize("changed", [{"boot": "another"}, {"started": "1"}])
def test_another_process_with_the_same_number_is_not_the_run(made, changed):
    run = made("run", "running")
    mark = run.process()
    assert mark.lives()
    assert mark.boot
    assert mark.started

    (run.path / "process.json").write_text(json.dumps({**mark.__dict__, **changed}))

    assert not replace(mark, **changed).lives()
    assert run.status()["state"] == "failed"


def test_the_device_is_free_again_when_its_process_was_killed(tmp_path):
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom models.training.run_folder import RunFolder\n"
        "from models.training.turn import turn_on\n"
        "with turn_on(['cuda:0'], RunFolder(Path(sys.argv[1]))):\n    print('held', flush=True)\n    time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    with pytest.raises(ValueError, match="device cuda:0 is taken by the run"), turn_on(["cuda:0"], RunFolder(tmp_path)):
        pass

    process.send_signal(signal.SIGKILL)
    process.communicate()

    with turn_on(["cuda:0"], RunFolder(tmp_path)):
        pass
