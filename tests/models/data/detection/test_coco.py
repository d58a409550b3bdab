from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from models.data.detection import open_detection


def test_coco_gives_boxes_masks_and_crowds(tree, annotate, box_region):
    crowd = {
        "iscrowd": 1,
        "segmentation": {"size": [30, 40], "counts": [0, 60, 1140]},
        "area": 60,
        "bbox": [0, 0, 2, 30],
    }
    annotate(tree, "val2017", [box_region(9, 18, (3, 4, 10, 5)), box_region(9, 1, (0, 0, 2, 30)) | crowd], (9, 11))

    data = open_detection("coco", tree.root, "val")
    sample = data[0]

    assert data.ids == ["val2017/000000000009", "val2017/000000000011"]
    assert data.classes.names == ("person", "motorcycle", "dog", "backpack", "tv")
    assert sample.boxes.tolist() == [[3, 4, 13, 9], [0, 0, 2, 30]]
    assert (sample.labels.tolist(), sample.ignored.tolist()) == ([2, 0], [False, True])
    expected = np.zeros((2, 30, 40), bool)
    expected[0, 4:9, 3:13] = expected[1, :, :2] = True
    np.testing.assert_array_equal(sample.masks, expected)
    assert data[1].masks.shape == (0, 30, 40)


def test_coco_regions_without_area_are_left_out(tree, annotate, box_region):
    flat = box_region(9, 1, (5, 5, 0, 3))
    beyond = box_region(9, 1, (36, 28, 9, 9))
    tiny = box_region(9, 1, (5, 5, 3, 3)) | {"segmentation": [[5, 5, 5.1, 5, 5.1, 5.1]]}
    annotate(tree, "val2017", [flat, beyond, tiny])

    assert open_detection("coco", tree.root, "val")[0].boxes.tolist() == [[36, 28, 40, 30]]


def test_coco_refuses_another_image_under_the_same_name(tree, annotate, box_region):
    annotate(tree, "val2017", [box_region(9, 18, (3, 4, 10, 5))])
    Image.new("RGB", (30, 40)).save(tree.root / "val2017/000000000009.jpg")

    with pytest.raises(ValueError, match=r"000000000009.jpg is 40x30, .*instances_val2017.json says 30x40"):
        open_detection("coco", tree.root, "val")[0]
