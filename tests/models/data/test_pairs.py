from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from models.data.classes import ClassSet
from models.data.label_tables import LabelTable
from models.data.pairs import Pair, PairedData, check_files, devkit, in_folder, listed, needed, read_mat


class Few(PairedData):
    SPLITS = ("train", "all")
    name = "few"
    layout = "ROOT/SPLIT/NAME.png"
    table = LabelTable(ClassSet(("low", "high"), ((0, 0, 0), (9, 9, 9))), {10: 0, 20: 1})
    classes = table.classes

    def find(self, split):
        return in_folder(self.need(split), "_image.png", self.need(split), "_label.png")


def test_pairs_are_found_by_name_at_any_depth_in_order(tree):
    for stem in ("b/2", "a/1", "3"):
        tree.photo(f"train/{stem}_image.png")
        tree.ids([[10, 20, 20], [20, 10, 10]], f"train/{stem}_label.png")
    tree.text("left by a Mac", "train/a/._1_image.png")

    data = Few(tree.root, "train")

    assert data.ids == ["train/3_image", "train/a/1_image", "train/b/2_image"]
    assert data[1].label.tolist() == [[0, 1, 1], [1, 0, 0]]


def test_a_value_that_the_table_does_not_know_is_refused_when_read(tree):
    tree.photo("train/a_image.png")
    tree.ids([[10, 20, 20], [20, 10, 30]], "train/a_label.png")

    with pytest.raises(ValueError, match=r"a_label.png has value 30 at row 1, column 2"):
        Few(tree.root, "train")[0]


def test_a_split_without_images_is_refused(tree):
    tree.text("", "all/notes.txt")

    with pytest.raises(ValueError, match=r"holds no image of this split; expected ROOT/SPLIT/NAME.png\."):
        Few(tree.root, "all")


def test_pairs_without_labels_give_samples_without(tree):
    tree.photo("test/a.png")

    assert list(in_folder(tree.root / "test", ".png")) == [Pair(tree.root / "test/a.png", None)]


def test_the_first_part_of_a_path_that_is_missing_is_named(tmp_path):
    (tmp_path / "a").mkdir()

    assert needed(tmp_path, "a", "ROOT/a") == tmp_path / "a"
    with pytest.raises(ValueError, match=rf"^{tmp_path}/a/b does not exist; expected ROOT/a/b/c\.$"):
        needed(tmp_path, "a/b/c", "ROOT/a/b/c")
    with pytest.raises(ValueError, match=rf"^{tmp_path}/x does not exist"):
        needed(tmp_path / "x", "a", "ROOT/a")


def test_the_first_file_that_is_missing_is_named(tree):
    tree.text("", "a/1", "a/2", "b/1")

    check_files([tree.root / place for place in ("a/1", "b/1", "a/2")], tree.root, "ROOT")
    with pytest.raises(ValueError, match=r"b/2 does not exist; expected ROOT\."):
        check_files([tree.root / place for place in ("a/1", "b/2", "c/1")], tree.root, "ROOT")
    with pytest.raises(ValueError, match="c/1 does not exist"):
        check_files([tree.root / "c/1"], tree.root, "ROOT")


def test_lists_hold_names_or_paths(tree):
    tree.text("2007_000032\n\n/JPEGImages/2007_000039.jpg /Seg/2007_000039.png\n 5001 \n", "train.txt")

    assert listed(tree.root / "train.txt") == ["2007_000032", "2007_000039", "5001"]
    (tree.root / "train.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"train.txt cannot be read as a list of names"):
        listed(tree.root / "train.txt")


@pytest.mark.parametrize("place", ["VOCdevkit/VOC2012", "VOC2012", "."])
def test_the_devkit_is_found_from_above(tmp_path, place):
    (tmp_path / place).mkdir(parents=True, exist_ok=True)

    assert devkit(tmp_path, "2012") == tmp_path / place


def test_matlab_files_give_whole_numbers(tmp_path):
    path = tmp_path / "a.mat"
    savemat(path, {"S": np.array([[1, 2, 3]], np.uint16), "text": "abc", "volume": np.zeros((2, 2, 2))})

    assert read_mat(path, "S").tolist() == [[1, 2, 3]]
    assert read_mat(path, "S").dtype == np.int64
    for key in ("T", "text", "volume"):
        with pytest.raises(ValueError, match=f"a.mat holds no map '{key}' of numbers"):
            read_mat(path, key)


@pytest.mark.parametrize("content", [b"", b"MATLAB 7.3 MAT-file" + bytes(200), b"\x89HDF" + bytes(600), b"x" * 500])
def test_a_file_that_is_no_matlab_file_is_refused(tmp_path, content):
    path = tmp_path / "a.mat"
    path.write_bytes(content)

    with pytest.raises(ValueError, match=r"a.mat cannot be read as a MATLAB file"):
        read_mat(path, "S")
    with pytest.raises(ValueError, match=r"b.mat cannot be read as a MATLAB file"):
        read_mat(Path(tmp_path / "b.mat"), "S")
