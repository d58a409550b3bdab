from __future__ import annotations

from pathlib import Path

import pytest

from models.data import DATASETS, open_data
from models.data.roots import find_root


def test_a_root_that_is_given_comes_before_the_environment(tmp_path, monkeypatch):
    for name in ("mine", "camvid"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("GALD_DATA", str(tmp_path))

    assert find_root("camvid", str(tmp_path / "mine")) == tmp_path / "mine"
    assert find_root("camvid", None) == tmp_path / "camvid"
    assert find_root("camvid", "") == tmp_path / "camvid"


def test_the_home_folder_may_be_written_short(tmp_path, monkeypatch):
    (tmp_path / "camvid").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))

    assert find_root("camvid", "~/camvid") == tmp_path / "camvid"
    monkeypatch.setenv("GALD_DATA", "~")
    assert find_root("camvid", None) == tmp_path / "camvid"


def test_without_any_root_both_ways_are_named(monkeypatch):
    monkeypatch.delenv("GALD_DATA", raising=False)

    with pytest.raises(ValueError, match="data set 'camvid' needs its folder; give --root DIR, or GALD_DATA"):
        find_root("camvid", None)


def test_a_missing_root_is_named(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"data folder .*nowhere does not exist; .* --root"):
        find_root("camvid", tmp_path / "nowhere")
    monkeypatch.setenv("GALD_DATA", str(tmp_path))
    with pytest.raises(ValueError, match=r"data folder .*camvid does not exist"):
        find_root("camvid", None)


def test_every_data_set_is_found_by_name():
    papers = {
        "ade20k",
        "camvid",
        "cityscapes",
        "coco_stuff",
        "coco_stuff_10k",
        "mapillary",
        "nyud",
        "pascal_context",
        "voc",
    }

    assert {"folder", "scenes", *papers} <= set(DATASETS.names())


def test_generated_data_needs_no_root(monkeypatch):
    monkeypatch.delenv("GALD_DATA", raising=False)

    scenes = open_data("scenes", split="val", count=3, size=(32, 64))

    assert len(scenes) == 3
    assert scenes[0].image.shape == (32, 64, 3)


def test_an_unknown_data_set_is_refused_with_the_names(tmp_path):
    with pytest.raises(
        ValueError, match=r"data set is 'citiscapes', must be one of \['ade20k', 'camvid', 'camvid_32', "
    ):
        open_data("citiscapes", Path(tmp_path))
