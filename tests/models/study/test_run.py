"""Rows are trained, measured, resumed after a kill and never done twice; on generated scenes, at the smallest size."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from models.checkpoint import load_checkpoint
from models.data import open_data
from models.data.subset import limited
from models.evaluation.evaluate import evaluate
from models.study.conditions import usual
from models.study.results import Results
from models.study.run import run_study
from models.study.tables import study

SMALL = usual(True)
CONDITIONS = replace(
    SMALL,
    data=replace(SMALL.data, name="scenes", crop=(64, 64), limit=2),
    train=replace(SMALL.train, iterations=2, batch=1, start="", checkpoint_every=1),
)
ROWS = study("gald-1").only(("fcn", "cgnl"))
COMMAND = [
    *("gald-1", "--small", "--rows", "fcn,cgnl", "--seeds", "1", "--data", "scenes", "--crop", "64,64", "--limit", "2"),
    *("--iterations", "2", "--batch", "1", "--start", "", "--checkpoint-every", "1", "--quiet", "--json"),
]


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    answer = run_study(ROWS, CONDITIONS, [0], Results(folder), folder / "runs", progress=False)
    return folder, answer


def test_each_row_is_measured_image_by_image_as_the_evaluation_does(ran):
    folder, answer = ran
    assert answer.done == [("fcn", 0), ("cgnl", 0)]

    found = Results(folder).load("cgnl", 0)
    checkpoint = load_checkpoint(next((folder / "runs/cgnl-seed-0/checkpoints").glob("*.safetensors")))
    whole = evaluate(checkpoint.model, limited(open_data("scenes", None, "val"), 2), progress=False)

    assert found.facts["sha256"] == checkpoint.sha256
    assert np.array_equal(found.counts.confusion.sum(axis=0), whole.confusion)
    f = np.nan_to_num(found.counts.boundary_f, nan=1.0).mean(axis=(0, 1))
    assert f == pytest.approx(list(whole.output.boundary.mean.values()), abs=1e-6)


def test_what_is_done_is_not_done_again_and_other_conditions_are_refused(ran):
    folder, _ = ran
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()}

    again = run_study(ROWS, CONDITIONS, [0], Results(folder), folder / "runs", progress=False)

    assert (again.done, again.there) == ([], [("fcn", 0), ("cgnl", 0)])
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()} == before
    other = replace(CONDITIONS, train=replace(CONDITIONS.train, lr=0.5))
    with pytest.raises(ValueError, match=r"other conditions \(train\)"):
        run_study(ROWS, other, [0], Results(folder), folder / "runs", progress=False)


def test_a_row_that_fails_does_not_stop_the_others(tmp_path):
    broken = replace(CONDITIONS, train=replace(CONDITIONS.train, lr=10.0, head_lr_factor=1e6, iterations=8, warmup=0))

    answer = run_study(ROWS.only(("fcn",)), broken, [0, 1], Results(tmp_path), tmp_path / "runs", progress=False)

    assert answer.done == []
    assert set(answer.left) == set(answer.failed) == {("fcn", 0), ("fcn", 1)}
    assert all("lower lr" in why for why in answer.left.values())


def test_a_study_goes_on_after_a_kill(tmp_path):
    command = [sys.executable, "-c", "import sys; from gald_viz.cli import main; sys.exit(main())", "study", *COMMAND]
    command += ["--out", str(tmp_path)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    results = Results(tmp_path)
    deadline = time.monotonic() + 240
    while not results.seeds("fcn") and first.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert results.seeds("fcn") == [0]
    done = results.file("fcn", 0).stat().st_mtime_ns

    second = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=240)

    assert second.returncode == 0, second.stderr
    answer = json.loads(second.stdout)
    assert [row["key"] for row in answer["summaries"][0]["rows"]] == ["fcn", "cgnl"]
    assert results.file("fcn", 0).stat().st_mtime_ns == done
    assert answer["left"] == {}
