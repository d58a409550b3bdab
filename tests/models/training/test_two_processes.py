"""Two processes on the CPU (gloo) against one: the same losses, the same counts, the same resume."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models.checkpoint import load_checkpoint
from models.config import to_dict
from models.data.subset import training_data
from models.evaluation.evaluate import evaluate
from models.training.job import Job, train
from models.training.run_folder import RunFolder

ROOT = Path(__file__).resolve().parents[3]
# Trains one job after the other, and keeps what each run folder held after step 4, as a machine that dies leaves it.
SCRIPT = """
import json, shutil, sys
from models.config import from_dict
from models.training.job import Job, train
from models.training.run_folder import RunFolder

save = RunFolder.save_state

def save_state(self, state):
    save(self, state)
    if state["step"] == 4:
        shutil.copytree(self.path, self.path.with_name(self.path.name + "-dead"))

RunFolder.save_state = save_state
for job, folder in json.loads(sys.argv[1]):
    train(from_dict(Job, job), folder, progress=False)
"""
BY_TORCHRUN = ("-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-addr", "127.0.0.1")


@pytest.fixture(scope="module")
def known_root(blocks_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pictures of blocks_root with a label for every pixel: then each process has as many as the other."""
    root = tmp_path_factory.mktemp("known") / "blocks"
    shutil.copytree(blocks_root, root)
    for file in root.glob("*/labels/*.png"):
        label = np.array(Image.open(file))
        Image.fromarray(np.where(label == 255, 0, label).astype(np.uint8)).save(file)
    return root


@pytest.fixture(scope="module")
def comparable(make_job, known_root) -> Job:
    """A job whose loss is a mean over equally many pixels a process, without dropout; in float64, where sums in another
    order do not grow into other losses within a few steps (the logits alone Fabric rounds to float32)."""
    job = make_job(batch=4, iterations=6, loss="cross_entropy", precision="64-true")
    plain = replace(job.model, dropout=0.0, aggregation=replace(job.model.aggregation, dropout=0.0))
    data = replace(job.data, root=str(known_root), scales=(1.0, 1.25), val_split="train")
    return replace(job, model=plain, data=data)


@pytest.fixture(scope="module")
def dropping(make_job) -> Job:
    """A job with dropout, each process with BatchNorm of its own, on 7 images: one process evaluates 4, the other 3."""
    job = make_job(batch=4, iterations=6, checkpoint_every=2, validate_every=3, sync_bn=False)
    return replace(job, data=replace(job.data, limit=7, val_split="train", workers=1))


@pytest.fixture(scope="module")
def pair(comparable, dropping, tmp_path_factory) -> Path:
    """Folder with the runs ``comparable`` and ``dropping`` of two processes that the first one started by itself."""
    folder = tmp_path_factory.mktemp("pair")
    (folder / "train.py").write_text(SCRIPT)
    both = {"comparable": comparable, "dropping": dropping}
    jobs = [(to_dict(on_two(job)), str(folder / name)) for name, job in both.items()]
    run_python(folder / "train.py", json.dumps(jobs))
    return folder


def on_two(job: Job) -> Job:
    return replace(job, train=replace(job.train, devices=2))


def run_python(*words: object) -> str:
    """What the command prints; its error output is the failure."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "GLOO_SOCKET_IFNAME": "lo"}
    command = [sys.executable, *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def curve(folder: Path, split: str, name: str) -> list[float]:
    return [row[3] for row in RunFolder(folder).metrics() if row[1:3] == (split, name)]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return (RunFolder(folder).load_state() or {})["model"]


def test_two_processes_learn_what_one_does_from_the_same_batches(pair, comparable, tmp_path):
    train(comparable, tmp_path / "one", progress=False)

    one, two = tmp_path / "one", pair / "comparable"
    assert len(curve(one, "train", "loss")) == 6
    assert curve(two, "train", "loss") == pytest.approx(curve(one, "train", "loss"), rel=2e-6)
    assert curve(two, "train", "lr") == curve(one, "train", "lr")
    for name, value in weights(one).items():
        # Statistics of BatchNorm too: each process alone would have seen half of the images.
        torch.testing.assert_close(weights(two)[name], value, rtol=1e-5, atol=1e-7, msg=name)


def test_shared_evaluation_counts_every_image_once(pair, dropping):
    loaded = load_checkpoint(pair / "dropping" / "checkpoints" / "final.safetensors")
    shared = loaded.meta["metrics"]

    alone = evaluate(loaded.model, training_data(dropping.data), progress=False)

    assert (shared["images"], alone.images) == (7, 7)
    # Equal, not close: the counts of pixels are added.
    assert (shared["miou"], shared["pixel_accuracy"]) == (alone.output.scores.miou, alone.output.scores.pixel_accuracy)
    assert shared["iou"] == alone.to_json()["iou"]
    assert shared["boundary_f"] == pytest.approx(alone.to_json()["boundary_f"], rel=1e-12)


@pytest.mark.slow
def test_a_run_of_two_processes_goes_on_bit_for_bit_under_torchrun(pair, losses, course):
    dead, whole = pair / "dropping-dead", pair / "dropping"
    assert [step for step, _ in losses(dead)] == [1, 2, 3, 4]

    words = ("train", "--resume", "--out", dead, "--quiet", "--devices", "2")
    printed = run_python(*BY_TORCHRUN, "--master-port", free_port(), "-m", "models.training", *words)

    assert losses(dead) == losses(whole)
    assert course(dead) == course(whole)
    assert RunFolder(dead).status()["state"] == "done"
    assert printed.split() == [str(dead / "checkpoints" / "final.safetensors")]
    assert all(torch.equal(value, weights(whole)[name]) for name, value in weights(dead).items())


def test_a_run_of_two_processes_goes_on_in_one(pair, comparable, tmp_path):
    whole, folder = pair / "comparable", tmp_path / "run"
    shutil.copytree(pair / "comparable-dead", folder)
    assert len(curve(folder, "train", "loss")) == 4

    train(comparable, folder, resume=True, progress=False)

    # The same images in the same order, and no dropout: what is left is the order of the sums.
    assert curve(folder, "train", "loss") == pytest.approx(curve(whole, "train", "loss"), rel=2e-6)
    assert curve(folder, "train", "lr") == curve(whole, "train", "lr")
    for name, value in weights(whole).items():
        torch.testing.assert_close(weights(folder)[name], value, rtol=1e-5, atol=1e-7, msg=name)
    log = (folder / "log.txt").read_text()
    assert "saved by 2 on cpu, resumed on 1 x cpu: images, their order" in log
    assert RunFolder(folder).config()["train"]["devices"] == 1


def test_the_first_process_alone_writes(pair):
    run = RunFolder(pair / "dropping")
    log = (run.path / "log.txt").read_text()

    assert log.count("from step 0 of 6") == 1
    assert "2 x cpu" in log
    assert len(curve(run.path, "train", "loss")) == 6
    assert run.config()["train"]["devices"] == 2
    assert {file.name for file in (run.path / "checkpoints").iterdir()} == {"state.pt", "final.safetensors"}
    # Each process draws its own dropout.
    state = run.load_state() or {}
    assert len(state["others"]) == 1
    assert not torch.equal(state["others"][0]["rng"], state["rng"])


def free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
