from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from gald_viz.cli import main
from models.data.check import check_data
from models.data.classes import ClassSet, Sample, SegmentationData
from models.data.detection.sample import DetectionData, DetectionSample

CLASSES = ClassSet(("road", "sky"), ((1, 2, 3), (4, 5, 6)))


class Labels(SegmentationData):
    """Samples, or the errors that reading them gives."""

    name = "given"
    classes = CLASSES

    def __init__(self, *entries: np.ndarray | ValueError | None, size: tuple[int, int] = (2, 3)) -> None:
        self.entries, self.size = entries, size
        self.ids = [f"image {index}" for index in range(len(entries))]

    def __getitem__(self, index: int) -> Sample:
        entry = self.entries[index]
        if isinstance(entry, ValueError):
            raise entry
        label = None if entry is None else np.array(entry, dtype=np.int64)
        return Sample(np.zeros((*self.size, 3), np.uint8), label, self.ids[index])


def test_pixels_are_counted_by_class():
    first = np.array([[0, 0, 1], [255, 1, 1]])
    second = np.array([[0, 0, 0], [0, 0, 255]])

    found = check_data(Labels(first, second), progress=False).to_json()

    assert found == {"images": 2, "pixels": {"road": 7, "sky": 3}, "ignored": 2, "unlabelled": [], "bad": {}}


def test_bad_files_are_listed_and_the_rest_is_read():
    unknown = np.array([[0, 7, 7], [9, 0, 0]])
    good = np.ones((2, 3))

    found = check_data(Labels(ValueError("file is empty."), unknown, np.ones((3, 3)), None, good), progress=False)

    assert found.bad["image 0"] == "file is empty."
    assert "class id 7, 9 in 3 pixels; the ids are 0..1 and 255" in found.bad["image 1"]
    assert "label is (3, 3), its image (2, 3)" in found.bad["image 2"]
    assert found.without == ["image 3"]
    assert found.counts.tolist() == [0, 6]


def test_many_unknown_ids_are_cut_short():
    found = check_data(Labels(np.array([[10, 11, 12], [13, 14, 15]])), progress=False)

    assert "class id 10, 11, 12, 13, 14, ... in 6 pixels" in found.bad["image 0"]


class Objects(DetectionData):
    """Labels of the objects of each image, those below zero ignored; or the error that reading gives."""

    name = "given"
    classes = ClassSet(("cat", "dog"), ((1, 2, 3), (4, 5, 6)))

    def __init__(self, *entries: list[int] | ValueError) -> None:
        self.entries = entries
        self.ids = [f"image {index}" for index in range(len(entries))]

    def __getitem__(self, index: int) -> DetectionSample:
        entry = self.entries[index]
        if isinstance(entry, ValueError):
            raise entry
        labels = np.array(entry, dtype=np.int64)
        boxes = np.tile(np.array([0, 0, 2, 1], np.float32), (len(labels), 1))
        image = np.zeros((3, 4, 3), np.uint8)
        return DetectionSample(image, boxes, abs(labels) % 2, None, labels < 0, self.ids[index])


def test_objects_are_counted_by_class_and_bad_files_are_listed():
    found = check_data(Objects([0, 1, 1, -1], [], ValueError("file is empty."), [0]), progress=False).to_json()

    assert found == {
        "images": 4,
        "objects": {"cat": 2, "dog": 2},
        "ignored": 1,
        "empty": ["image 1"],
        "bad": {"image 2": "file is empty."},
    }


def test_a_limit_takes_evenly_spread_images():
    data = Objects([0], ValueError("not read"), [1], ValueError("not read"))

    found = check_data(data, limit=2, progress=False)

    assert (found.images, found.counts.tolist(), found.bad) == (2, [1, 1], {})
    assert check_data(data, limit=9, progress=False).images == 4


def write(root: Path, names: list[str]) -> None:
    """Images without an object but the first, in COCO's layout."""
    from PIL import Image

    (root / "val2017").mkdir()
    (root / "annotations").mkdir()
    for name in names:
        Image.new("RGB", (4, 3)).save(root / "val2017" / name)
    box = {"bbox": [0, 0, 2, 2], "area": 4, "segmentation": [[0, 0, 2, 0, 2, 2, 0, 2]]}
    content = {
        "images": [{"id": place, "file_name": name, "width": 4, "height": 3} for place, name in enumerate(names)],
        "categories": [{"id": 18, "name": "dog"}],
        "annotations": [{"id": 1, "image_id": 0, "category_id": 18, **box}],
    }
    (root / "annotations" / "instances_val2017.json").write_text(json.dumps(content))


def test_the_command_checks_detection_data_too(tmp_path, capsys):
    write(tmp_path, ["a.jpg", "b.jpg", "c.jpg"])
    (tmp_path / "val2017" / "c.jpg").write_bytes(b"x")
    words = ["data", "check", "coco", "--root", str(tmp_path), "--split", "val"]

    assert main([*words, "--quiet", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["splits"]["val"]
    assert (found["images"], found["objects"], found["empty"]) == (3, {"dog": 1}, ["val2017/b"])
    assert "cannot be read as an image" in found["bad"]["val2017/c"]

    assert main([*words, "--limit", "1"]) == 0
    out, err = capsys.readouterr()
    assert "val: 1 images, 0 without an object, 0 bad" in out
    assert "dog              1     100.00" in out
    assert "check coco: 100%" in err


def test_the_parts_that_were_not_read_are_named(tree, builders, capsys):
    builders["voc"](tree)
    words = ["data", "check", "voc", "--root", str(tree.root), "--quiet"]

    assert main(words) == 0
    assert capsys.readouterr().out.rstrip().endswith("read: train, val; --split takes trainval, trainaug, test too.")
    assert main([*words, "--split", "trainaug"]) == 0
    out = capsys.readouterr().out
    assert "trainaug: 2 images" in out
    assert "--split takes" not in out
