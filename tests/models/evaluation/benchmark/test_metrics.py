import numpy as np
import pytest

from models.checkpoint import LoadedCheckpoint
from models.data import open_data
from models.evaluation.benchmark import index
from models.evaluation.benchmark.index import IndexedImages
from models.evaluation.benchmark.metrics import MapSize, bench_metrics, label_maps, plain_boundary_f
from models.evaluation.boundary import boundary_f
from models.presets import preset
from models.segmenter import Segmenter

SMALL = MapSize(70, 93, 5, "tiny-fcn")


def test_the_plain_boundary_f_has_the_same_numbers_on_odd_sizes():
    label, prediction = label_maps(SMALL, 2)
    # A class that one of the maps lacks.
    prediction[prediction == 4] = 3

    expected = plain_boundary_f(prediction, label, 6, 255)

    np.testing.assert_array_equal(boundary_f(prediction, label, 6, 255), expected)
    assert (expected[4] == 0).all()
    assert np.isnan(expected[5]).all()


def test_metrics_are_set_against_the_plain_way_and_the_forward_pass():
    result = bench_metrics(SMALL, repeats=1)

    tasks = {row["task"]: row for row in result["rows"]}
    assert set(tasks) == {"boundary F, plain", "boundary F", "confusion, three stages", "forward pass"}
    assert result["max_difference"] == 0
    forward = tasks["forward pass"]["seconds"]
    assert result["confusion_share"] == pytest.approx(tasks["confusion, three stages"]["seconds"] / forward)
    assert result["speedup"] == pytest.approx(tasks["boundary F, plain"]["seconds"] / tasks["boundary F"]["seconds"])
    assert min(result["outline_pixels"]) > 0


def test_an_index_is_set_against_its_forward_passes(monkeypatch):
    scenes = open_data("scenes", split="val")
    tiny = Segmenter(preset("tiny-cgnl-ldv1").model, scenes.classes)
    monkeypatch.setattr(index, "load_checkpoint", lambda _name: LoadedCheckpoint(tiny, "", "tiny", {}))

    result = index.bench_index(IndexedImages("tiny", images=2, batch=2), repeats=1)

    tasks = {row["task"]: row["ratio"] for row in result["rows"]}
    assert list(tasks) == ["forward passes", "index", "reading", "answers of all stages", "counting"]
    assert tasks["forward passes"] == 1
    assert result["ratio"] == tasks["index"]


def test_sizes_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="at least 64x64"):
        MapSize(32, 64)
    with pytest.raises(ValueError, match="images is 0"):
        IndexedImages(images=0)
