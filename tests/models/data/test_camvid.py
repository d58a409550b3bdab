from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from models.data import open_data
from models.data.camvid import CLASSES, CamVid

NAMES = ("0001TP_006690", "0001TP_006720", "0006R0_f00930", "0016E5_00390")
LABEL = np.array([[0, 10, 255], [3, 3, 8]], np.uint8)


@pytest.fixture
def root(tmp_path):
    """Four pictures of 2x3 in train, one in val."""
    for split, names in (("train", NAMES), ("val", ("0016E5_07959",))):
        for part in ("images", "labels"):
            (tmp_path / split / part).mkdir(parents=True)
        for name in names:
            Image.new("RGB", (3, 2), (1, 2, 3)).save(tmp_path / split / "images" / f"{name}.png")
            Image.fromarray(LABEL).save(tmp_path / split / "labels" / f"{name}.png")
    return tmp_path


def test_a_sample_is_image_label_and_id(root):
    sample = CamVid(root, "train")[1]

    assert sample.id == "train/images/0001TP_006720"
    assert sample.image.tolist() == [[[1, 2, 3]] * 3] * 2
    np.testing.assert_array_equal(sample.label, LABEL)
    assert sample.label.dtype == np.int64


def test_fit_and_select_cut_train_by_sequence(root):
    train, fit, select = (CamVid(root, split) for split in ("train", "fit", "select"))

    assert sorted([*fit.ids, *select.ids]) == train.ids
    assert [name.split("/")[-1] for name in select.ids] == ["0001TP_006690", "0001TP_006720"]
    assert fit[0].id == fit.ids[0] == "train/images/0006R0_f00930"


def test_the_classes_are_the_eleven(root):
    assert CamVid(root).classes is CLASSES
    assert len(CLASSES) == 11
    assert (CLASSES.index("pole"), CLASSES.index("bicyclist"), CLASSES.ignore_id) == (2, 10, 255)
    assert CLASSES.colors[CLASSES.index("road")] == (128, 64, 128)


def test_an_unknown_split_is_refused(root):
    with pytest.raises(
        ValueError, match=r"camvid split is 'trian', must be one of \['train', 'val', 'test', 'fit', 's"
    ):
        CamVid(root, "trian")


@pytest.mark.parametrize("missing", ["test", "val/labels"])
def test_a_missing_folder_is_named_with_the_layout(root, missing):
    if missing.startswith("val"):
        (root / "val/labels/0016E5_07959.png").unlink()
        (root / "val/labels").rmdir()

    with pytest.raises(ValueError, match=f"{missing} does not exist; expected ROOT/SPLIT/images/NAME.jpg"):
        CamVid(root, missing.split("/")[0])


def test_a_missing_label_is_named_before_anything_is_read(root):
    (root / "train/labels/0006R0_f00930.png").unlink()

    with pytest.raises(ValueError, match=r"labels/0006R0_f00930.png does not exist; expected ROOT/"):
        CamVid(root, "train")


def test_an_empty_folder_and_an_empty_cut_are_named(root):
    (root / "val/images/0016E5_07959.png").unlink()
    with pytest.raises(ValueError, match="holds no image of this split; expected ROOT/"):
        CamVid(root, "val")
    for name in NAMES[:2]:
        (root / f"train/images/{name}.png").unlink()
    with pytest.raises(ValueError, match="holds no image of this split; expected ROOT/"):
        CamVid(root, "select")


def test_a_label_of_another_size_is_refused(root):
    Image.fromarray(LABEL[:, :2]).save(root / "val/labels/0016E5_07959.png")

    with pytest.raises(ValueError, match=r"0016E5_07959.png is 2x2, its image is 2x3"):
        CamVid(root, "val")[0]


@pytest.mark.parametrize("strange", [12, 254])
def test_an_unknown_class_id_is_refused_with_its_place(root, strange):
    label = LABEL.copy()
    label[1, 2] = strange
    Image.fromarray(label).save(root / "val/labels/0016E5_07959.png")

    with pytest.raises(ValueError, match=rf"value {strange} at row 1, column 2, which is no class; .* 0..11, 255"):
        CamVid(root, "val")[0]


def test_void_of_segnets_own_files_is_ignored(root):
    Image.fromarray(np.where(LABEL == 255, 11, LABEL).astype(np.uint8)).save(root / "val/labels/0016E5_07959.png")

    np.testing.assert_array_equal(CamVid(root, "val")[0].label, LABEL)


def test_the_photographs(camvid_root):
    train, val, fit, select = (open_data("camvid", camvid_root, split) for split in ("train", "val", "fit", "select"))

    assert (len(train), len(val), len(fit), len(select)) == (367, 101, 305, 62)
    assert {*fit.ids} | {*select.ids} == {*train.ids}
    assert not {*fit.ids} & {*select.ids}
    assert not {*train.ids} & {*val.ids}
    sample = val[50]
    assert sample.image.shape == (360, 480, 3)
    assert sample.label is not None
    assert sample.label.shape == (360, 480)
    # Sky is bright above a darker road, so image and label belong together and the class order is right.
    sky, road = (sample.image[sample.label == CLASSES.index(name)].mean() for name in ("sky", "road"))
    assert sky > 1.5 * road
