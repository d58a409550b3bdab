"""What every data set in files keeps to."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from gald_viz.cli import main
from models.data import DATASETS, open_data

# The user's own folder has its own layout and tests.
NAMES = [name for name in DATASETS.names() if DATASETS.get(name).needs_root and name != "folder"]
GENERATED = [name for name in DATASETS.names() if not DATASETS.get(name).needs_root]
SECOND = {name: "val" if "val" in DATASETS.get(name).SPLITS else "test" for name in NAMES}


@pytest.fixture(params=NAMES)
def name(request, tree, builders):
    """A data set, whose small tree lies in the folder of ``tree``."""
    builders[request.param](tree)
    return request.param


def test_samples_are_images_with_labels_of_train_ids(name, tree):
    for split in ("train", SECOND[name]):
        data = open_data(name, tree.root, split)
        assert len(data) == len(data.ids) >= 1
        for index, sample in enumerate(data[index] for index in range(len(data))):
            assert (sample.image.dtype, sample.image.shape[2]) == (np.uint8, 3)
            assert (sample.label.dtype, sample.label.shape) == (np.int64, sample.image.shape[:2])
            assert set(sample.label.flat) <= {*range(len(data.classes)), data.classes.ignore_id}
            assert sample.id == data.ids[index]
            assert list(tree.root.glob(f"{sample.id}.*"))


@pytest.mark.parametrize("generated", GENERATED)
def test_generated_data_is_the_same_every_time(generated):
    split = DATASETS.get(generated).SPLITS[-1]
    first, again = open_data(generated, split=split), open_data(generated, split=split)

    assert list(first.ids) == list(again.ids)
    for index in (0, len(first) - 1):
        sample, same = first[index], again[index]
        assert (sample.image.dtype, sample.image.shape[2]) == (np.uint8, 3)
        assert (sample.label.dtype, sample.label.shape) == (np.int64, sample.image.shape[:2])
        assert set(sample.label.flat) <= {*range(len(first.classes)), first.classes.ignore_id}
        np.testing.assert_array_equal(sample.image, same.image)
        np.testing.assert_array_equal(sample.label, same.label)
        assert sample.id == first.ids[index]


@pytest.mark.parametrize("generated", GENERATED)
def test_a_split_that_generated_data_lacks_is_refused(generated):
    with pytest.raises(ValueError, match=rf"{generated} split is 'trian', must be one of \['train', "):
        open_data(generated, split="trian")


def test_no_image_is_in_two_splits_and_the_order_is_stable(name, tree):
    train, other = open_data(name, tree.root, "train"), open_data(name, tree.root, SECOND[name])

    assert not {*train.ids} & {*other.ids}
    assert len({*train.ids}) == len(train)
    assert list(open_data(name, tree.root, "train").ids) == list(train.ids)


def test_nothing_is_decoded_before_it_is_asked_for(name, tree):
    for path in tree.root.rglob("*"):
        if path.suffix in (".jpg", ".png", ".mat"):
            path.write_bytes(b"not an image")

    data = open_data(name, tree.root, "train")

    with pytest.raises(ValueError, match="cannot be read"):
        data[0]


def test_another_split_is_refused_with_those_there_are(name, tree):
    with pytest.raises(ValueError, match=rf"{name} split is 'trian', must be one of \['train', "):
        open_data(name, tree.root, "trian")


def test_an_empty_folder_is_answered_with_the_first_missing_path_and_the_layout(name, tmp_path_factory):
    empty = tmp_path_factory.mktemp("empty")

    with pytest.raises(ValueError) as refused:
        open_data(name, empty, "train")

    message = str(refused.value)
    assert message.startswith(f"{empty}/")
    assert "/" not in message.removeprefix(f"{empty}/").split(" does not exist; expected ")[0]
    assert message.endswith(f" does not exist; expected {DATASETS.get(name).layout}.")


def test_an_image_or_a_label_that_is_missing_is_named(name, tree):
    data = open_data(name, tree.root, "train")
    image = next(tree.root.glob(f"{data.ids[0]}.*"))
    stem = image.stem.removesuffix("_leftImg8bit")
    label = next((path for path in sorted(tree.root.rglob(f"{stem}*.*")) if path != image), image)
    label.unlink()

    with pytest.raises(ValueError, match=rf"{label.name} does not exist; expected ROOT/"):
        open_data(name, tree.root, "train")


def test_check_reads_every_pair(name, tree, capsys):
    assert main(["data", "check", name, "--root", str(tree.root), "--quiet", "--json"]) == 0

    answer = json.loads(capsys.readouterr().out)
    assert next(iter(answer["splits"])) == "train"
    for split, found in answer["splits"].items():
        data = open_data(name, tree.root, split)
        pixels = sum(data[index].label.size for index in range(len(data)))
        assert sum(found["pixels"].values()) + found["ignored"] == pixels
        assert (found["images"], found["bad"], found["unlabelled"]) == (len(data), {}, [])


def test_check_finds_what_cannot_be_read_and_what_does_not_fit(name, tree, capsys):
    data = open_data(name, tree.root, "train")
    image = next(tree.root.glob(f"{data.ids[0]}.*"))
    Image.new("RGB", (7, 5)).save(image)
    words = ["data", "check", name, "--root", str(tree.root), "--split", "train", "--quiet", "--json"]

    assert main(words) == 1
    reasons = json.loads(capsys.readouterr().out)["splits"]["train"]["bad"]
    assert list(reasons) == [data.ids[0]]
    assert "its image is 5x7" in reasons[data.ids[0]]

    image.write_bytes(b"")
    assert main(words) == 1
    assert "is empty (0 bytes)" in json.loads(capsys.readouterr().out)["splits"]["train"]["bad"][data.ids[0]]
