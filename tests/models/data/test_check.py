from __future__ import annotations

import numpy as np

from models.data.check import check_data
from models.data.classes import ClassSet, Sample, SegmentationData

CLASSES = ClassSet(("road", "sky"), ((1, 2, 3), (4, 5, 6)))


class Given(SegmentationData):
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

    found = check_data(Given(first, second), progress=False).to_json()

    assert found == {"images": 2, "pixels": {"road": 7, "sky": 3}, "ignored": 2, "unlabelled": [], "bad": {}}


def test_bad_files_are_listed_and_the_rest_is_read():
    unknown = np.array([[0, 7, 7], [9, 0, 0]])
    good = np.ones((2, 3))

    found = check_data(Given(ValueError("file is empty."), unknown, np.ones((3, 3)), None, good), progress=False)

    assert found.bad["image 0"] == "file is empty."
    assert "class id 7, 9 in 3 pixels; the ids are 0..1 and 255" in found.bad["image 1"]
    assert "label is (3, 3), its image (2, 3)" in found.bad["image 2"]
    assert found.unlabelled == ["image 3"]
    assert found.pixels.tolist() == [0, 6]


def test_many_unknown_ids_are_cut_short():
    found = check_data(Given(np.array([[10, 11, 12], [13, 14, 15]])), progress=False)

    assert "class id 10, 11, 12, 13, 14, ... in 6 pixels" in found.bad["image 0"]
