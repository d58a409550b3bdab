"""The Train page without a browser; jobs are described, not trained."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from apps import jobs
from apps.pages.train import estimate_text, free_name
from apps.sections.train_watch import time_left
from gald_viz import runs
from models.config import DataConfig, TrainConfig, from_dict, to_dict
from models.presets import preset
from models.training import launch
from models.training.estimate import Estimate
from models.training.job import DetectorJob, Job
from models.training.run_folder import RunFolder


def script() -> None:
    from apps.components.controls import keep_controls
    from apps.pages.train import page

    keep_controls()
    page()


@pytest.fixture
def train_page(tmp_path, monkeypatch) -> Callable[[], AppTest]:
    monkeypatch.setenv("GALD_RUNS", str(tmp_path))

    def run(**state: object) -> AppTest:
        page = AppTest.from_function(script, default_timeout=120)
        for key, value in state.items():
            page.session_state["control.train." + key.replace("__", ".")] = value
        return page.run()

    return run


@pytest.fixture
def made(tmp_path) -> Callable[..., RunFolder]:
    """A run folder as a job leaves it."""

    def make(name: str = "first", state: str = "stopped", steps: int = 20) -> RunFolder:
        run = RunFolder(tmp_path / name)
        run.create(to_dict(Job("tiny-fcn", preset("tiny-fcn").model, DataConfig(), TrainConfig())))
        for step in range(1, steps + 1):
            run.add_metrics(step, "train", {"loss": 2 / step, "lr": 0.01})
        run.add_metrics(steps, "val", {"iou/road": 0.75, "miou": 0.5})
        run.set_status(state, step=steps, steps=40, eta=90.4, device="cpu", memory=1_500_000_000, step_seconds=0.25)
        return run

    return make


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def test_an_empty_folder_says_what_to_do(train_page, tmp_path):
    page = train_page()

    assert not page.exception
    assert not page.error
    assert f"No run in {tmp_path} yet" in page.info[0].value


def test_start_launches_the_job_that_the_sidebar_describes(train_page, tmp_path, monkeypatch):
    given = []

    def noted(job, folder, wait):
        given.append((job, folder, wait))
        run = RunFolder(folder)
        run.prepare(to_dict(job))

    monkeypatch.setattr(launch, "launch", noted)
    page = train_page(preset="tiny-aspp-ldv2", iterations=7, batch=2, lr=0.02, limit=5)
    page.selectbox(key="control.train.device").select("cpu")
    page.selectbox(key="control.train.ld.tiny-aspp-ldv2").select("depthwise")
    page.button(key="train.start").click().run()

    assert not page.exception
    job, folder, wait = given[0]
    assert folder == tmp_path / "tiny-aspp-ldv2-scenes"
    assert not wait
    assert (job.train.iterations, job.train.batch, job.train.lr, job.data.limit) == (7, 2, 0.02, 5)
    assert (job.train.accelerator, job.train.weights) == ("cpu", "none")
    assert (job.model.distribution.name, job.model.arrangement) == ("depthwise", "gald")
    assert from_dict(Job, RunFolder(folder).config()) == job
    assert page.session_state["control.train.run"] == "tiny-aspp-ldv2-scenes"


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"lr": 11.0}, "lr is 11.0, must lie in 1e-08..10.0"),
        ({"batch": 0}, "batch is 0, must lie in 1..4096"),
        ({"height": 16}, "both sides must be >= 32"),
        ({"preset": "tiny-cgnl-ldv1", "height": 64}, "the network needs sides of at least"),
        ({"data": "folder"}, "folder"),
        ({"name": "../elsewhere"}, "name is '../elsewhere'; give letters"),
    ],
)
def test_a_value_that_is_refused_is_a_sentence(train_page, state, message):
    page = train_page(**({"preset": "tiny-fcn"} | state))
    if "name" in state:
        page.button(key="train.start").click().run()

    assert not page.exception
    assert message in page.error[0].value
    if "name" not in state:
        assert page.button(key="train.start").disabled


def test_a_device_that_is_taken_is_named(train_page, monkeypatch):
    def taken(*_given):
        raise ValueError("device cpu is taken by the run a (process 7)")

    monkeypatch.setattr(launch, "launch", taken)
    page = train_page(preset="tiny-fcn")
    page.button(key="train.start").click().run()

    assert "is taken by the run a" in page.error[0].value


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({}, "–"),
        ({"eta": 90.0, "validations_left": 3, "validation_seconds": None}, "1 min 30 s + 3 val."),
        ({"eta": 90.0, "validations_left": 3, "validation_seconds": 20.0}, "1 min 30 s"),
        ({"eta": 0.0, "validations_left": 0, "validation_seconds": None}, "0 s"),
    ],
)
def test_time_left_tells_of_validations_that_were_not_measured(status, words):
    assert time_left(status) == words


def test_a_detector_is_described_with_its_own_data_and_sides(train_page, monkeypatch):
    given = []

    def noted(job, folder, wait):
        given.append(job)
        RunFolder(folder).prepare(to_dict(job))

    monkeypatch.setattr(launch, "launch", noted)
    page = train_page(preset="tiny-mask-rcnn-gald", **{"short__tiny-mask-rcnn-gald": 80})
    assert page.selectbox(key="control.train.data.detector").options[0] == "scenes"
    page.selectbox(key="control.train.ld.tiny-mask-rcnn-gald").select("none")
    page.button(key="train.start").click().run()

    assert not page.exception
    job = given[0]
    assert isinstance(job, DetectorJob)
    assert (job.data.name, job.model.sides, job.model.distribution.name) == ("scenes", (80, 96), "none")
    assert (job.train.optimizer, job.train.batch, job.train.lr) == ("adamw", 2, 0.001)


def test_masks_on_data_without_are_refused_before_the_start(train_page, monkeypatch, tmp_path):
    page = train_page(preset="tiny-mask-rcnn-gald", **{"data__detector": "voc_detection"})

    assert not page.exception
    assert page.button(key="train.start").disabled
    assert "voc_detection" in page.error[0].value


def test_a_stopped_run_shows_its_numbers_and_can_be_resumed(train_page, made, monkeypatch):
    run = made()
    resumed = []
    monkeypatch.setattr(launch, "resume", lambda folder, wait, device: resumed.append((folder, device)))

    page = train_page(preset="tiny-fcn")

    assert not page.exception
    shown = metrics(page)
    assert (shown["time left"], shown["s a step"], shown["memory"]) == ("1 min 30 s", "0.25", "1.50 GB")
    assert page.button(key="train.stop").disabled
    assert page.button(key="train.open").disabled
    page.button(key="train.resume").click().run()
    assert resumed == [(run.path, "")]


def test_a_run_of_a_machine_with_a_gpu_goes_on_here_on_the_chosen_device(train_page, made, monkeypatch):
    run = made()
    run.create({**run.config(), "train": {**run.config()["train"], "accelerator": "cuda:9"}})
    run.set_status("stopped", step=20)
    resumed = []
    monkeypatch.setattr(launch, "resume", lambda folder, wait, device: resumed.append(device))

    page = train_page(preset="tiny-fcn", device="cpu")
    page.button(key="train.resume").click().run()

    assert resumed == ["cpu"]


def test_a_job_that_was_asked_to_stop_is_not_asked_again(train_page, made):
    made("run", "stopping")

    assert train_page(preset="tiny-fcn").button(key="train.stop").disabled


def test_a_running_job_can_be_stopped_and_a_failed_one_says_why(train_page, made, monkeypatch):
    stopped = []
    monkeypatch.setattr(launch, "stop", stopped.append)
    made("bad", "stopped").end("failed", "the loss is nan; lower lr.")
    run = made("good", "running")

    page = train_page(preset="tiny-fcn")
    assert page.selectbox(key="control.train.run").value == "good"
    assert page.button(key="train.resume").disabled
    page.button(key="train.stop").click().run()
    assert stopped == [run.path]

    page.selectbox(key="control.train.run").select("bad").run()
    assert [error.value for error in page.error] == ["the loss is nan; lower lr."]


def test_runs_are_compared_in_one_chart(train_page, made, monkeypatch):
    drawn, draw = [], runs.runs_figure

    def noted(views):
        drawn.append(list(views))
        return draw(views)

    monkeypatch.setattr(runs, "runs_figure", noted)
    made("first")
    made("second", "done")

    page = train_page(preset="tiny-fcn", others=["first"])

    assert not page.exception
    assert drawn[-1] == ["second", "first"]


def test_a_finished_run_is_opened_in_the_explorer(train_page, made):
    run = made(state="done")
    run.checkpoint.write_bytes(b"a network")

    page = train_page(preset="tiny-fcn")
    page.button(key="train.open").click().run()

    assert page.session_state["control.checkpoint"] == "own checkpoint …"
    assert page.session_state["control.checkpoint.path"] == str(run.checkpoint)
    assert page.session_state["control.data"] == "scenes"


def test_the_estimate_adds_steps_and_validations_and_says_where_it_is_from(monkeypatch):
    # 100 * 0.6 s of steps, 10 images * (3 * 0.5 s + 1 * 1.5 s) of validation: 90 s.
    found = Estimate(0.6, 0.5, 1.5, 100, 3, 10, 2_000_000_000, "cpu")
    monkeypatch.setattr(jobs, "measured", lambda _job: found)

    text = estimate_text(Job("tiny-fcn", preset("tiny-fcn").model, DataConfig(), TrainConfig()))

    assert found.seconds == pytest.approx(90)
    assert text.startswith("About 1.5 min: 100 steps of 0.60 s, and 4 validations of 10 images, 0.5 min.")
    assert "Peak memory 2.00 GB. Measured just now on cpu" in text


def test_a_name_that_is_taken_gets_a_number(tmp_path):
    assert free_name(tmp_path, "a") == "a"
    (tmp_path / "a").mkdir()
    assert free_name(tmp_path, "a") == "a-2"
    (tmp_path / "a-2").mkdir()
    assert free_name(tmp_path, "a") == "a-3"


def test_the_page_of_another_machine_cannot_stop_its_run(train_page, made):
    run = made("far", "running")
    mark = json.loads((run.path / "process.json").read_text())
    (run.path / "process.json").write_text(json.dumps({**mark, "host": "node-7"}))

    page = train_page(preset="tiny-fcn")

    assert page.button(key="train.stop").disabled
    assert "on node-7" in page.progress[0].text
