from __future__ import annotations

import numpy as np
import pytest

from models.data.coco_voc import CocoVoc, voc_ids
from models.data.voc import Voc

PERSON, MOTORBIKE, DOG = (Voc.classes.index(name) for name in ("person", "motorbike", "dog"))


def test_voc_classes_are_painted_and_the_others_are_background(tree, annotate, box_region):
    regions = [box_region(9, 1, (0, 0, 40, 26)), box_region(9, 27, (0, 26, 40, 4)), box_region(9, 18, (2, 28, 3, 1))]
    annotate(tree, "train2017", regions)

    data = CocoVoc(tree.root, "train")

    expected = np.zeros((30, 40), int)
    expected[:26], expected[28, 2:5] = PERSON, DOG
    np.testing.assert_array_equal(data[0].label, expected)
    assert data.ids == ["train2017/000000000009"]
    assert data.classes is Voc.classes


def test_only_images_with_a_region_of_more_than_1000_pixels_of_a_voc_class_are_kept(tree, annotate, box_region):
    regions = [
        box_region(1, 1, (0, 0, 40, 25)),
        box_region(2, 1, (0, 0, 40, 25)) | {"area": 1000.5},
        box_region(3, 27, (0, 0, 40, 30)),
        *[box_region(4, 1, (0, 0, 30, 30))] * 2,
    ]
    annotate(tree, "val2017", regions, (1, 2, 3, 4, 5))

    assert CocoVoc(tree.root, "val").ids == ["val2017/000000000002"]


def test_pixels_that_two_classes_claim_are_ignored(tree, annotate, box_region):
    regions = [
        box_region(9, 1, (0, 0, 40, 26)),
        box_region(9, 4, (0, 20, 40, 10)),
        box_region(9, 1, (0, 10, 40, 15)),
        box_region(9, 18, (0, 19, 1, 3)),
    ]
    annotate(tree, "train2017", regions)

    label = CocoVoc(tree.root, "train")[0].label

    assert (label[:19] == PERSON).all()
    assert label[19:26, 0].tolist() == [255] * 7
    assert label[19:26, 1].tolist() == [PERSON] + [255] * 6
    assert (label[26:] == MOTORBIKE).all()


def test_a_crowd_is_its_class(tree, annotate, box_region):
    crowd = {"iscrowd": 1, "segmentation": {"size": [30, 40], "counts": [0, 600, 600]}, "area": 600}
    annotate(
        tree,
        "train2017",
        [box_region(9, 18, (30, 0, 10, 30)) | {"area": 1001}, box_region(9, 1, (0, 0, 20, 30)) | crowd],
    )

    label = CocoVoc(tree.root, "train")[0].label

    assert (label[:, :20] == PERSON).all()
    assert (label[:, 20:30] == 0).all()


def test_a_region_that_does_not_fit_is_named_with_its_image(tree, annotate, box_region):
    annotate(tree, "train2017", [box_region(9, 1, (0, 0, 40, 26)) | {"segmentation": {"size": [9, 9], "counts": [81]}}])

    with pytest.raises(ValueError, match=r"instances_train2017.json, a region of 000000000009.jpg: region has size"):
        CocoVoc(tree.root, "train")[0]


def test_every_class_of_voc_has_one_of_coco():
    from torchvision.models._meta import _COCO_CATEGORIES

    categories = {number: name for number, name in enumerate(_COCO_CATEGORIES) if number and name != "N/A"}

    ids = voc_ids(categories)

    assert sorted(ids.values()) == list(range(1, 21))
    # torchvision's own list for networks trained on COCO with the classes of VOC.
    theirs = [0, 5, 2, 16, 9, 44, 6, 3, 17, 62, 21, 67, 18, 19, 4, 1, 64, 20, 63, 7, 72]
    assert ids == {number: place for place, number in enumerate(theirs) if place}
