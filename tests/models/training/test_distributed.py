"""Who starts the processes of a job, which one this is, and what it may touch."""

from __future__ import annotations

import argparse
import inspect
import os
import re
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch

from models.config import TrainConfig
from models.processes import ALONE
from models.training import loop
from models.training.command import add_train_options, job_from
from models.training.distributed import FollowerFolder, compiled, own_folder, own_rank, start_processes
from models.training.job import train
from models.training.run_folder import RunFolder

VARIABLES = ("LOCAL_RANK", "NODE_RANK", "GROUP_RANK", "RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "TORCHELASTIC_RUN_ID")
TWO_BY_TWO = TrainConfig(batch=8, devices=2, nodes=2)
# What reads the folder, and may be called by every process.
READERS = {
    *("config", "has_steps", "status", "is_active", "metrics", "load_state", "state_file", "checkpoint"),
    *("frames", "process"),
}


@pytest.fixture(autouse=True)
def _no_launcher(monkeypatch: pytest.MonkeyPatch):
    for name in (*VARIABLES, "SLURM_NTASKS", "SLURM_NTASKS_PER_NODE", "SLURM_JOB_NAME"):
        monkeypatch.delenv(name, raising=False)


def give(monkeypatch: pytest.MonkeyPatch, **values: object) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, str(value))


def test_without_a_launcher_this_is_the_first_process():
    assert own_rank(TrainConfig()) == own_rank(TWO_BY_TWO) == 0
    assert ALONE.is_first


def test_torchrun_says_which_process_this_is(monkeypatch):
    give(monkeypatch, TORCHELASTIC_RUN_ID="a", RANK=3, LOCAL_RANK=1, WORLD_SIZE=4)

    assert own_rank(TWO_BY_TWO) == 3


def test_slurm_says_which_process_this_is(monkeypatch):
    give(monkeypatch, SLURM_NTASKS=4, SLURM_NTASKS_PER_NODE=2, SLURM_JOB_NAME="train", SLURM_PROCID=2)

    assert own_rank(TWO_BY_TWO) == 2
    # One process of its own in a larger allocation is no matter of the launcher.
    assert own_rank(TrainConfig()) == 0

    monkeypatch.delenv("SLURM_NTASKS_PER_NODE")
    with pytest.raises(ValueError, match="ntasks-per-node"):
        own_rank(TWO_BY_TWO)
    assert own_rank(TrainConfig()) == 0


def test_a_process_that_was_started_by_the_first_one_counts_from_its_node(monkeypatch):
    give(monkeypatch, NODE_RANK=1, LOCAL_RANK=1)

    assert own_rank(TWO_BY_TWO) == 3
    assert own_rank(TrainConfig()) == 0


@pytest.mark.parametrize("recipe", [TrainConfig(), TWO_BY_TWO])
def test_another_number_of_processes_is_refused_before_anything_is_written(recipe, monkeypatch, make_job, tmp_path):
    give(monkeypatch, TORCHELASTIC_RUN_ID="a", RANK=0, LOCAL_RANK=0, WORLD_SIZE=2)

    with pytest.raises(ValueError, match=r"2 processes were started, the job has .*--devices"):
        own_rank(recipe)
    with pytest.raises(ValueError, match="2 processes were started"):
        train(make_job(), tmp_path / "run", progress=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("batch", "devices", "nodes"), [(3, 2, 1), (8, 3, 1), (6, 2, 2)])
def test_a_batch_that_the_processes_cannot_share_is_refused(batch, devices, nodes):
    with pytest.raises(ValueError, match=f"batch is {batch}, and each of {nodes} x {devices} .*multiple"):
        TrainConfig(batch=batch, devices=devices, nodes=nodes)


@pytest.mark.parametrize("field", ["devices", "nodes"])
def test_no_process_at_all_is_refused(field):
    with pytest.raises(ValueError, match=f"{field} is 0"):
        replace(TrainConfig(), **{field: 0})


def test_more_gpus_than_there_are_are_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)

    with pytest.raises(ValueError, match="devices is 2, this machine has 1 of cuda"):
        start_processes("cuda", TrainConfig(devices=2), "32-true")


def test_a_notebook_cannot_start_processes(monkeypatch):
    monkeypatch.setattr("sys.ps1", ">>> ", raising=False)

    with pytest.raises(ValueError, match="run gald train in a shell"):
        start_processes("cpu", TrainConfig(devices=2), "32-true")


def test_all_processes_but_the_first_leave_the_folder_alone(tmp_path, monkeypatch):
    give(monkeypatch, NODE_RANK=0, LOCAL_RANK=1)
    run = own_folder(tmp_path, TrainConfig(devices=2))

    run.create({"a": 1})
    run.set_status("running", step=1)
    run.add_metrics(1, "train", {"loss": 1.0})
    run.drop_metrics_after(0)
    run.log("a line")
    run.save_state({"step": 1})
    run.end("failed", "a reason")

    assert list(tmp_path.iterdir()) == []


def test_a_new_way_to_write_into_the_folder_is_closed_to_followers_too():
    public = {name for name in vars(RunFolder) if not name.startswith("_") and name != "path"}

    assert {name for name in public - READERS if name not in vars(FollowerFolder)} == set()
    for name in public - READERS:
        assert inspect.signature(getattr(FollowerFolder, name)) == inspect.signature(getattr(RunFolder, name))


def test_compile_without_a_compiler_is_refused(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _name: None)

    with pytest.raises(ValueError, match=r"on cpu it needs g\+\+ or clang\+\+.*leave it off"):
        compiled(torch.nn.ReLU(), "cpu")


def losses_of(folder: Path) -> list[float]:
    return [row[3] for row in RunFolder(folder).metrics() if row[1:3] == ("train", "loss")]


@pytest.fixture(scope="module")
def plain(make_job, tmp_path_factory) -> list[float]:
    folder = tmp_path_factory.mktemp("plain") / "run"
    train(make_job(iterations=4), folder, progress=False)
    return losses_of(folder)


def test_the_layout_in_memory_changes_nothing_but_rounding(make_job, plain, tmp_path):
    train(make_job(iterations=4, channels_last=False), tmp_path / "run", progress=False)

    assert losses_of(tmp_path / "run")[:2] == pytest.approx(plain[:2], rel=1e-4)
    assert losses_of(tmp_path / "run") == pytest.approx(plain, rel=0.05)


def test_a_compiled_network_has_the_same_losses(make_job, plain, tmp_path, monkeypatch):
    if "GALD_TEST_COMPILER" not in os.environ:
        # Everything but the compiler itself, which takes a minute.
        monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager"))
    seen = []
    monkeypatch.setattr(loop, "compiled", lambda *given: seen.append(compiled(*given)) or seen[0])

    train(make_job(iterations=4, compile=True), tmp_path / "run", progress=False)

    assert type(seen[0]).__name__ == "OptimizedModule"
    assert losses_of(tmp_path / "run")[:2] == pytest.approx(plain[:2], rel=1e-4)
    assert losses_of(tmp_path / "run") == pytest.approx(plain, rel=0.05)


def test_a_network_in_float64_is_validated_on_the_way(make_job, tmp_path):
    train(make_job(iterations=2, precision="64-true", validate_every=1), tmp_path / "run", progress=False)

    assert [row[0] for row in RunFolder(tmp_path / "run").metrics() if row[2] == "miou"] == [1, 2]


def test_mixed_precision_follows_the_losses_of_float32(make_job, plain, tmp_path):
    train(make_job(iterations=4, precision="bf16-mixed"), tmp_path / "run", progress=False)

    # bf16 has 8 bits: close, and not the same.
    assert losses_of(tmp_path / "run")[:2] == pytest.approx(plain[:2], rel=0.02)
    assert losses_of(tmp_path / "run") != plain


def launch_lines() -> list[list[str]]:
    """What follows ``train`` in the lines of docs/scaling.md that start several processes."""
    text = (Path(__file__).resolve().parents[3] / "docs" / "scaling.md").read_text()
    lines = re.findall(r"^ {4}.* train (.+)$", text, re.MULTILINE)
    return [line.split() for line in lines]


@pytest.mark.parametrize("words", launch_lines(), ids=lambda words: " ".join(words[-6:]))
def test_the_launch_lines_of_the_document_describe_jobs(words):
    parser = argparse.ArgumentParser()
    add_train_options(parser)

    job = job_from(parser.parse_args(words))

    assert job.preset == "galdv2-r101"
    assert (job.train.batch, job.train.devices) == (8, 4)


def test_the_document_has_a_line_for_one_machine_torchrun_and_slurm():
    nodes = [words[words.index("--nodes") + 1] if "--nodes" in words else "1" for words in launch_lines()]

    assert nodes == ["1", "2", "2"]
