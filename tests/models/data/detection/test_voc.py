from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from models.data.detection import open_detection


def voc_object(name: str, box: tuple[object, ...], difficult: int = 0) -> str:
    sides = "".join(
        f"<{side}>{value}</{side}>" for side, value in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)
    )
    part = "<part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part>"
    return f"<object><name>{name}</name><difficult>{difficult}</difficult><bndbox>{sides}</bndbox>{part}</object>"


def write_voc(root, objects: str = voc_object("dog", (1, 1, 8, 6)), inside: str = "VOCdevkit") -> None:
    """One image of 8x6 a list; both years, and the test of 2007."""
    places = [("2007", "train", "000012"), ("2007", "val", "000005"), ("2007", "test", "000001")]
    places += [("2012", "train", "2008_000008"), ("2012", "val", "2008_000002")]
    for year, split, name in places:
        base = root / inside / f"VOC{year}"
        for part in ("JPEGImages", "Annotations", "ImageSets/Main"):
            (base / part).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 6), (9, 9, 9)).save(base / "JPEGImages" / f"{name}.jpg")
        (base / "Annotations" / f"{name}.xml").write_text(f"<annotation>{objects}</annotation>")
        (base / "ImageSets" / "Main" / f"{split}.txt").write_text(f"{name}\n")
        with (base / "ImageSets" / "Main" / "trainval.txt").open("a") as listing:
            listing.write(f"{name}\n" if split != "test" else "")


@pytest.fixture
def voc(tmp_path):
    write_voc(tmp_path)
    return tmp_path


def test_both_years_are_read_together(voc):
    names = {
        split: [name[3:] for name in open_detection("voc_detection", voc, split).ids]
        for split in ("train", "trainval", "test")
    }

    assert names["train"] == ["2007/JPEGImages/000012", "2012/JPEGImages/2008_000008"]
    assert len(names["trainval"]) == 4
    assert names["test"] == ["2007/JPEGImages/000001"]


def test_voc_boxes_count_from_zero_and_end_behind_the_last_pixel(tmp_path):
    write_voc(tmp_path, voc_object("person", (3, 2, 5, 6), 1) + voc_object("tvmonitor", (1, 1, 8.6, 6)), inside=".")

    data = open_detection("voc_detection", tmp_path, "val")
    sample = data[0]

    # Pixels 3..5 are three; the second box reaches over the edge and is cut.
    assert sample.boxes.tolist() == [[2, 1, 5, 6], [0, 0, 8, 6]]
    assert [data.classes.names[label] for label in sample.labels] == ["person", "tvmonitor"]
    assert (sample.ignored.tolist(), sample.masks, data.has_masks) == ([True, False], None, False)
    assert (sample.boxes.dtype, sample.labels.dtype) == (np.float32, np.int64)
    assert (len(data.classes), sample.image.shape) == (20, (6, 8, 3))


def test_an_image_without_objects_has_empty_arrays(tmp_path):
    write_voc(tmp_path, "")

    sample = open_detection("voc_detection", tmp_path, "test")[0]

    assert (sample.boxes.shape, sample.labels.shape, sample.ignored.shape) == ((0, 4), (0,), (0,))


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        (voc_object("unicorn", (1, 1, 2, 2)), r"000001.xml: class is 'unicorn', must be one of \['aeroplane'"),
        (voc_object("dog", (9, 1, 12, 2)), "000001.xml has a box without area in the image, object 0"),
        ("<object><name>dog</name></object>", r"000001.xml: an object lacks one of \['xmin'"),
        (voc_object("dog", ("a", 1, 2, 2)), "000001.xml: could not convert string"),
        ("<object>", "000001.xml cannot be read as XML"),
    ],
)
def test_a_bad_annotation_is_named(tmp_path, objects, message):
    write_voc(tmp_path, objects)

    with pytest.raises(ValueError, match=message):
        open_detection("voc_detection", tmp_path, "test")[0]


def test_a_missing_annotation_is_named_before_anything_is_read(voc):
    (voc / "VOCdevkit/VOC2012/Annotations/2008_000008.xml").unlink()

    with pytest.raises(ValueError, match=r"Annotations/2008_000008.xml does not exist; expected ROOT/VOCYEAR"):
        open_detection("voc_detection", voc, "train")
