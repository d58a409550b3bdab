from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile

import pytest
import torch

from models.config import DataConfig, TrainConfig
from models.training import loop as loop_module
from models.training.failures import explained
from models.training.job import train
from models.training.run_folder import RunFolder


def reason(error, folder):
    return explained(error, folder, DataConfig(crop=(64, 96)), TrainConfig(batch=6))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("lr is 11, must lie in 0..10."), "lr is 11, must lie in 0..10."),
        (OSError(errno.ENOSPC, "No space left on device"), "make room, then continue with --resume"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "make room, then continue with --resume"),
        (OSError(errno.EFBIG, "File too large"), "raise the limit, then continue with --resume"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried"), "the GPU's memory does not suffice: .* batch (now 6)"),
        (MemoryError(), "the memory does not suffice: .* crop (now 64,96)"),
        (RuntimeError("[enforce fail at alloc_cpu] DefaultCPUAllocator: can't allocate memory"), "fewer workers"),
        (RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed."), "a loader process was killed"),
        (RuntimeError("shapes differ"), "RuntimeError: shapes differ"),
    ],
)
def test_every_end_has_a_reason_and_a_fix(error, words, tmp_path):
    for part in words.split(" .* "):
        assert part in reason(error, tmp_path)


def test_a_full_disk_is_found_behind_the_error_that_it_caused(tmp_path):
    try:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as cause:
            raise RuntimeError("the file could not be closed") from cause
    except RuntimeError as error:
        assert "has no room" in reason(error, tmp_path)


def test_torch_says_on_the_cpu_what_is_recognised(tmp_path):
    with pytest.raises(RuntimeError) as raised:
        torch.empty(1 << 50, dtype=torch.uint8)

    assert "the memory does not suffice" in reason(raised.value, tmp_path)


def test_a_full_disk_ends_the_run_and_keeps_the_last_state(make_job, losses, tmp_path, monkeypatch):
    whole = tmp_path / "whole"
    train(make_job("tiny-fcn"), whole, progress=False)
    run, make_file = RunFolder(tmp_path / "run"), tempfile.mkstemp

    def full(*given, **named):
        # Room for nothing but what the reserve gave back.
        if (run.path / ".reserve").exists() and "state.pt" in named.get("prefix", "") and run.state_file.exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        return make_file(*given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "mkstemp", full)
        with pytest.raises(OSError, match="No space left"):
            train(make_job("tiny-fcn"), run.path, progress=False)

    status = run.status()
    assert (status["state"], run.load_state()["step"]) == ("failed", 4)
    assert "make room, then continue with --resume" in status["reason"]
    train(make_job("tiny-fcn"), run.path, resume=True, progress=False)
    assert losses(run.path) == losses(whole)


def test_a_weight_that_is_no_number_never_replaces_the_last_state(make_job, tmp_path, monkeypatch):
    after_step = loop_module.Loop._after_step

    def broken(loop, stop):
        if loop.step == 8:
            with torch.no_grad():
                next(loop.model.parameters()).fill_(float("nan"))
        after_step(loop, stop)

    monkeypatch.setattr(loop_module.Loop, "_after_step", broken)
    with pytest.raises(ValueError, match=r"a weight is no number any more at step 8; .* lower lr"):
        train(make_job("tiny-fcn"), tmp_path / "run", progress=False)

    run = RunFolder(tmp_path / "run")
    assert run.status()["state"] == "failed"
    assert run.load_state()["step"] == 4
    assert not run.checkpoint.exists()


def test_a_signal_before_the_first_step_is_a_stop(make_job, tmp_path):
    script = """
import os, signal, sys
from models.training import job as job_module
from models.training.__main__ import main
job_module.loop_of = lambda job: lambda *given: os.kill(os.getpid(), signal.SIGTERM)
sys.exit(main(["train", "tiny-fcn", "--out", sys.argv[1], "--iterations", "1"]))
"""
    folder = tmp_path / "run"

    done = subprocess.run([sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=False)

    assert done.returncode == 130
    assert RunFolder(folder).status()["state"] == "stopped"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting a small disk needs root")
def test_on_a_disk_that_is_really_full_the_status_is_still_written(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a disk")
    try:
        run = RunFolder(disk / "run")
        run.create({"lr": 0.1})
        run.set_status("running", step=3)
        with pytest.raises(OSError, match="No space left") as raised:
            (disk / "filler").write_bytes(bytes(1 << 20))

        run.end("failed", reason(raised.value, run.path))

        assert run.status()["state"] == "failed"
        assert run.status()["step"] == 3
        assert "has no room" in run.status()["reason"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)
