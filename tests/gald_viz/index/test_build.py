"""An index of a real network: made, interrupted, continued, and exactly what the evaluation counts."""

from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from gald_viz.analysis.index_query import Selection, confusions
from gald_viz.analysis.ranking import class_table, rank_images
from gald_viz.index import build
from gald_viz.index.build import build_index
from gald_viz.index.files import find_indexes, open_index
from models.evaluation.evaluate import evaluate


def made(job, folder):
    return list(build_index(job, folder))


def test_sums_equal_the_confusion_matrices_of_the_evaluation(job, tmp_path):
    alone = replace(job, batch=1)
    assert made(alone, tmp_path / "i")[-1] == (5, 5)

    index = open_index(tmp_path / "i")
    scores = evaluate(job.network.model, job.data, boundary=False, progress=False)
    totals = {name: confusions(index, name)[1].sum(axis=0) for name in index.meta.stages}
    np.testing.assert_array_equal(totals["output"], scores.confusion)
    for name, stage in scores.stages.items():
        np.testing.assert_array_equal(totals[name], stage.scores.confusion)
    assert index.miou["output"] == pytest.approx(scores.output.scores.miou)

    for before, after in (("ga", "gald"), ("gald", "fcn")):
        ranked = rank_images(index, Selection(before, after))
        table = class_table(index, Selection(before, after))
        change = np.diag(totals[after] - totals[before])
        assert ranked.gain.sum() == change.sum()
        np.testing.assert_array_equal(ranked.gain, ranked.after_right - ranked.before_right)
        classes = [index.meta.class_names.index(name) for name in table.names]
        np.testing.assert_array_equal(table.fixed - table.broken, change[classes])


def test_an_interrupted_index_goes_on_and_is_the_same(job, tmp_path, monkeypatch):
    monkeypatch.setattr(build, "_PART_IMAGES", 2)
    made(job, tmp_path / "whole")
    running = build_index(job, tmp_path / "parts")
    while next(running) != (4, 5):
        pass
    del running
    with pytest.raises(ValueError, match="not finished; give the same gald index command"):
        open_index(tmp_path / "parts")

    assert made(job, tmp_path / "parts")[0] == (4, 5)
    for name in ("images", "bins", "confusion", "moves", "suspects"):
        whole, parts = (pq.read_table(tmp_path / place / f"{name}.parquet") for place in ("whole", "parts"))
        assert whole.to_pylist() == parts.to_pylist()
    assert not (tmp_path / "parts" / "parts").exists()
    assert made(job, tmp_path / "parts") == [(5, 5)]


def test_a_killed_part_is_counted_again(job, tmp_path):
    running = build_index(replace(job, limit=3), tmp_path)
    next(running)
    next(running)
    running.close()
    (part,) = (tmp_path / "parts").glob("*.images.parquet")
    # A kill before the last table of a part leaves the others.
    part.unlink()

    assert made(replace(job, limit=3), tmp_path)[0] == (0, 3)
    assert open_index(tmp_path).meta.images == 3


def test_a_second_network_is_the_last_stage(job, second, tmp_path):
    made(replace(job, against=second, against_checkpoint="second", limit=2), tmp_path)

    index = open_index(tmp_path)
    assert index.meta.stages == ("fcn", "ga", "gald", "output", "second")
    expected = evaluate(second.model, job.data, boundary=False, progress=False)
    assert confusions(index, "second")[1].sum() < expected.confusion.sum()
    assert index.title == "first against second · scenes val · 2 images"


def test_a_folder_of_something_else_is_left_alone(job, tmp_path):
    made(replace(job, limit=1), tmp_path / "i")
    with pytest.raises(ValueError, match="holds the index of first on scenes, made with other options"):
        made(replace(job, limit=2), tmp_path / "i")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("words")
    with pytest.raises(ValueError, match="holds other files"):
        made(job, tmp_path / "mine")


def test_other_classes_are_refused(job, tmp_path):
    other = replace(job.data.classes, names=tuple(reversed(job.data.classes.names)))
    data = type(job.data)(split="val", count=1, size=(64, 128))
    data.classes = other

    with pytest.raises(ValueError, match="choose data with the same classes"):
        made(replace(job, data=data), tmp_path)


def test_damaged_indexes_are_told_and_left_out_of_lists(job, tmp_path):
    made(replace(job, limit=1), tmp_path / "good")
    for name, text in (("empty", ""), ("list", "[]"), ("old", '{"finished": true, "meta": {"format": 0}}')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.json").write_text(text)
        with pytest.raises(ValueError, match=r"damaged|describe|format"):
            open_index(tmp_path / name)
    assert [index.path.name for index in find_indexes(tmp_path)] == ["good"]
    (tmp_path / "good" / "bins.parquet").unlink()
    with pytest.raises(ValueError, match="lacks bins"):
        open_index(tmp_path / "good")
    with pytest.raises(ValueError, match="holds no index"):
        open_index(tmp_path)
