"""Benchmarks of training steps and of their data, on tiny networks."""

from __future__ import annotations

import json

import pytest

from gald_viz import cli
from models.config import DataConfig
from models.evaluation import benchmark
from models.evaluation.benchmark.loading import LoadingSettings, bench_loading
from models.evaluation.benchmark.training import StepSize, StepSizes, bench_training

BASE = StepSize("tiny-fcn", side=64, batch=2, classes=3)
TINY = StepSizes(BASE, presets=("tiny-fcn", "tiny-aspp-ldv2"), sides=(64, 128), batches=(2, 4), classes=(3, 40))


def test_each_value_is_varied_alone_and_no_step_stands_twice():
    sizes = TINY.all()

    assert sizes[0] == BASE
    assert len(sizes) == len(set(sizes)) == 5
    assert {(size.side, size.batch) for size in sizes} == {(64, 2), (128, 2), (64, 4)}


def test_more_pixels_images_and_classes_need_more_memory():
    result = bench_training(TINY, repeats=1)

    rows = {tuple(row[key] for key in ("preset", "side", "batch", "classes")): row for row in result["rows"]}
    base = rows["tiny-fcn", 64, 2, 3]
    assert (base["time_ratio"], base["memory_ratio"]) == (1, 1)
    # Maps double with the images and are four times as large with twice the side; gradients and momentum stay.
    assert 1.3 < rows["tiny-fcn", 64, 4, 3]["memory_ratio"] <= 2.1
    assert rows["tiny-fcn", 128, 2, 3]["memory_ratio"] > rows["tiny-fcn", 64, 4, 3]["memory_ratio"]
    assert rows["tiny-fcn", 64, 2, 40]["memory_ratio"] > 1.2
    assert all(row["samples_per_second"] == pytest.approx(row["batch"] / row["seconds"]) for row in rows.values())


@pytest.mark.parametrize("base", [StepSize(side=16), StepSize(batch=1), StepSize(classes=1)])
def test_steps_that_cannot_be_are_refused(base):
    with pytest.raises(ValueError, match="raise them"):
        StepSizes(base)


def test_loading_is_set_against_the_step():
    data = DataConfig("scenes", crop=(64, 64), limit=4)
    settings = LoadingSettings(data, "tiny-fcn", batch=2, workers=(0, 1), steps=2)

    result = bench_loading(settings, repeats=1)

    *loaders, step = result["rows"]
    assert [row["workers"] for row in loaders] == [0, 1]
    for row in loaders:
        assert row["of_the_step"] == pytest.approx(row["samples_per_second"] / step["samples_per_second"])
    assert result["settings"]["data"]["root"] == ""


def test_the_command_prints_rows_without_a_speedup(monkeypatch, capsys):
    given = {}

    def measured(**options: object) -> dict[str, object]:
        given.update(options)
        return {"name": "loading", "device": "cpu", "rows": [{"workers": 0, "samples_per_second": 2.5}]}

    monkeypatch.setitem(benchmark.BENCHMARKS, "loading", measured)

    assert cli.main(["bench", "loading", "--data", "camvid", "--root", "there", "--batch", "3", "--crop", "160"]) == 0
    assert "2.50" in capsys.readouterr().out
    settings = given["settings"]
    assert isinstance(settings, LoadingSettings)
    assert (settings.data.name, settings.data.root, settings.data.crop) == ("camvid", "there", (160, 160))
    assert settings.batch == 3

    cli.main(["bench", "loading", "--json"])
    assert json.loads(capsys.readouterr().out)["rows"][0]["workers"] == 0
