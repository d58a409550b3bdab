import json

import numpy as np
import pytest
from PIL import Image

from models.data import open_data
from models.data.folder import Folder

COLORS = [[128, 64, 128], [0, 0, 142], [220, 20, 60]]
LABEL = np.array([[0, 1, 2, 255], [2, 1, 0, 0]], dtype=np.uint8)
CLASSES = {"names": ["road", "car", "person"], "colors": COLORS}


def id_png(path, label=LABEL):
    Image.fromarray(label).save(path)


def palette_png(path, label=LABEL, colors=COLORS):
    image = Image.fromarray(label).convert("L")
    # All 256 entries: with fewer the file gets fewer bits a pixel, and 255 would not survive.
    image.putpalette(np.array(colors + [[0, 0, 0]] * (256 - len(colors)), dtype=np.uint8).tobytes())
    image.save(path)


def color_png(path, label=LABEL):
    table = np.zeros((256, 3), dtype=np.uint8)
    table[:3] = COLORS
    Image.fromarray(table[label]).save(path)


def make(root, write=id_png, stems=("a", "b"), place="", **classes):
    """A folder with a red image for each stem."""
    for folder in ("images", "labels"):
        (root / place / folder).mkdir(parents=True, exist_ok=True)
    for stem in stems:
        Image.new("RGB", (4, 2), (255, 0, 0)).save(root / place / "images" / f"{stem}.png")
        write(root / place / "labels" / f"{stem}.png")
    (root / "classes.json").write_text(json.dumps({**CLASSES, **classes}))
    return root


def test_images_labels_and_classes_of_a_flat_folder(tmp_path):
    data = open_data("folder", make(tmp_path))

    assert len(data) == 2
    assert data.ids == ["images/a", "images/b"]
    assert data[1].id == "images/b"
    assert data[0].image.tolist() == [[[255, 0, 0]] * 4] * 2
    assert data[0].label.dtype == np.int64
    np.testing.assert_array_equal(data[0].label, LABEL)
    assert data.classes.names == ("road", "car", "person")
    assert data.classes.colors[2] == (220, 20, 60)
    assert data.classes.ignore_id == 255


def test_split_folders(tmp_path):
    make(tmp_path, place="train", stems=("a", "b", "c"))
    make(tmp_path, place="holdout", stems=("x",))

    assert Folder(tmp_path, "train").ids == ["train/images/a", "train/images/b", "train/images/c"]
    assert Folder(tmp_path, "holdout").ids == ["holdout/images/x"]


def test_split_lists(tmp_path):
    make(tmp_path, stems=("a", "b", "c"))
    (tmp_path / "val.txt").write_text("c\na\n\n")

    assert Folder(tmp_path, "val").ids == ["images/c", "images/a"]
    assert Folder(tmp_path, "train").ids == ["images/a", "images/b", "images/c"]
    (tmp_path / "val.txt").write_text("a\nnone\n")
    with pytest.raises(ValueError, match=r"val\.txt must list names.*unknown: \['none'\]"):
        Folder(tmp_path, "val")


@pytest.mark.parametrize("write", [id_png, palette_png, color_png])
def test_ids_palette_and_colours_give_the_same_label(tmp_path, write):
    data = Folder(make(tmp_path, write, ignore_color=[0, 0, 0]))

    np.testing.assert_array_equal(data[0].label, LABEL)


def test_a_palette_in_another_order_is_read_by_colour_once_that_is_said(tmp_path):
    def shuffled(path):
        palette_png(path, np.array([[0, 1, 2, 2]] * 2, dtype=np.uint8), [COLORS[2], COLORS[0], COLORS[1]])

    root = make(tmp_path, shuffled)
    with pytest.raises(ValueError, match=r"a\.png reads as ids and as colours.*\"labels\": \"ids\""):
        Folder(root)[0]

    assert Folder(make(tmp_path, shuffled, labels="colors"))[0].label.tolist() == [[2, 0, 1, 1]] * 2
    assert Folder(make(tmp_path, shuffled, labels="ids"))[0].label.tolist() == [[0, 1, 2, 2]] * 2


def test_a_palette_of_other_colours_is_read_by_id(tmp_path):
    def grey(path):
        palette_png(path, colors=[[1, 1, 1], [2, 2, 2], [3, 3, 3]])

    np.testing.assert_array_equal(Folder(make(tmp_path, grey))[0].label, LABEL)


def test_a_mask_of_black_and_white_is_asked_about_not_guessed(tmp_path):
    def mask(path):
        id_png(path, np.array([[0, 255, 255, 0]] * 2, dtype=np.uint8))

    two = {"names": ["ground", "thing"], "colors": [[0, 0, 0], [255, 255, 255]]}
    with pytest.raises(ValueError, match="different classes"):
        Folder(make(tmp_path, mask, **two))[0]

    assert Folder(make(tmp_path, mask, **two, labels="colors"))[0].label.tolist() == [[0, 1, 1, 0]] * 2


def test_another_ignore_id(tmp_path):
    label = np.array([[0, 1, 2, 9]] * 2, dtype=np.uint8)
    data = Folder(make(tmp_path, lambda path: id_png(path, label), ignore_id=9))

    assert data.classes.ignore_id == 9
    np.testing.assert_array_equal(data[0].label, label)


def test_an_unknown_id_is_named_with_file_place_and_fix(tmp_path):
    wrong = LABEL.copy()
    wrong[1, 2] = 7

    data = Folder(make(tmp_path, lambda path: id_png(path, wrong)))

    with pytest.raises(
        ValueError, match=r"labels.a\.png has id 7 at row 1, column 2, must be 0\.\.2 or 255.*classes\.json"
    ):
        data[0]


def test_an_unknown_colour_is_named_with_file_place_and_fix(tmp_path):
    data = Folder(make(tmp_path, color_png))

    with pytest.raises(ValueError, match=r"a\.png has colour \(0, 0, 0\) at row 0, column 3.*ignore_color"):
        data[0]


def test_colours_where_ids_were_promised_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"a\.png holds RGB colours, no ids"):
        Folder(make(tmp_path, color_png, labels="ids"))[0]


def test_a_label_of_another_size_is_refused(tmp_path):
    data = Folder(make(tmp_path, lambda path: id_png(path, LABEL.T.copy())))

    with pytest.raises(ValueError, match=r"a\.png is 4x2, its image is 2x4"):
        data[0]


def test_without_a_labels_folder_there_is_no_label(tmp_path):
    root = make(tmp_path)
    for path in (root / "labels").iterdir():
        path.unlink()
    (root / "labels").rmdir()

    assert Folder(root)[0].label is None


def test_a_missing_label_is_named(tmp_path):
    root = make(tmp_path)
    (root / "labels" / "b.png").unlink()

    with pytest.raises(ValueError, match=r"labels.b\.png, the label of .*images.b\.png, is missing"):
        Folder(root)


def test_missing_folders_are_named_with_the_layout(tmp_path):
    with pytest.raises(ValueError, match=r"nowhere does not exist; a data folder holds classes\.json and images/"):
        Folder(tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"classes\.json is missing.*images/, labels/"):
        Folder(tmp_path)
    (tmp_path / "classes.json").write_text(json.dumps(CLASSES))
    with pytest.raises(ValueError, match=r"val.images and .*images are missing, there is no split here"):
        Folder(tmp_path)
    make(tmp_path, place="train")
    with pytest.raises(ValueError, match=r"the splits here are \['train'\]"):
        Folder(tmp_path, "val")


def test_images_that_would_share_a_label_and_no_images_are_refused(tmp_path):
    root = make(tmp_path)
    Image.new("RGB", (4, 2)).save(root / "images" / "a.jpg")
    with pytest.raises(ValueError, match=r"a\.jpg and .*a\.png would share one label; rename"):
        Folder(root)

    empty = make(tmp_path / "empty", stems=())
    with pytest.raises(ValueError, match=r"images holds no image of \['\.jpg'"):
        Folder(empty)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", r"is no JSON \("),
        ("[1]", r"holds a list, must be an object"),
        ("\xff", r"is no JSON"),
        ({"names": ["a"]}, r"lacks \['colors'\]"),
        ({**CLASSES, "ignore": 3}, r"unknown \['ignore'\]; its keys are"),
        ({**CLASSES, "names": []}, r"names in .* must be a list of at least one"),
        ({**CLASSES, "names": ["a", "b", 3]}, r"must be a list of at least one text"),
        ({**CLASSES, "names": ["a", "b"]}, r"has 2 names and 3 colors; give one"),
        ({**CLASSES, "names": ["a", "b", "a"]}, r"not unique"),
        ({**CLASSES, "colors": 3}, r"colors in .* are 3"),
        ({**CLASSES, "colors": [[0, 0, 0], [1, 1, 1], [1, 2]]}, r"colour \[1, 2\] in .* must be \[r, g, b\]"),
        ({**CLASSES, "colors": [[0, 0, 0], [1, 1, 1], [1, 2, 256]]}, r"whole numbers in 0\.\.255"),
        ({**CLASSES, "colors": [[0, 0, 0], [1, 1, 1], [1, 1, 1]]}, r"a colour stands twice"),
        ({**CLASSES, "ignore_color": COLORS[1]}, r"a colour stands twice"),
        ({**CLASSES, "ignore_id": 2}, r"ignore_id in .* is 2, must lie in 3\.\.65535"),
        ({**CLASSES, "ignore_id": "void"}, r"ignore_id in .* is 'void'"),
        ({**CLASSES, "labels": "rgb"}, r"labels in .* is 'rgb', must be one of"),
    ],
)
def test_a_faulty_classes_file_is_refused(tmp_path, content, message):
    path = make(tmp_path) / "classes.json"
    if isinstance(content, str):
        path.write_bytes(content.encode("latin-1"))
    else:
        path.write_text(json.dumps(content))

    with pytest.raises(ValueError, match=message):
        Folder(tmp_path)
