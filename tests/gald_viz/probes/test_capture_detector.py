from __future__ import annotations

import numpy as np
import pytest
import torch

from gald_viz.probes.capture import capture, painted
from gald_viz.types import Objects
from models.data.classes import ClassSet
from models.detection.checkpoint import LoadedDetector
from models.detection.detector import Detector
from models.presets import detector_preset

CLASSES = ClassSet(("a", "b", "c"), ((255, 0, 0), (0, 255, 0), (0, 0, 255)))


@pytest.fixture(scope="module")
def loaded() -> LoadedDetector:
    torch.manual_seed(0)
    model = Detector(detector_preset("tiny-mask-rcnn-gald").model, CLASSES).eval().requires_grad_(False)
    return LoadedDetector(model, "e" * 64, "tiny", {})


def test_objects_and_their_picture_are_those_of_the_detector(loaded):
    image = np.random.default_rng(0).integers(0, 256, (50, 90, 3), dtype=np.uint8)

    shot = capture(loaded, image, "photo")

    found = loaded.model.predict(image)
    np.testing.assert_array_equal(shot.objects.boxes, found.boxes)
    np.testing.assert_array_equal(shot.objects.masks, found.masks)
    assert set(np.unique(shot.prediction)) <= {0, 1, 2, 255}
    np.testing.assert_array_equal(shot.prediction != 255, found.masks.any(axis=0))
    assert (shot.class_names, shot.provenance["checkpoint"]) == (("a", "b", "c"), "tiny")
    assert "ga.query" not in shot.stages


def test_stages_cover_the_image_and_not_the_zeros_around_it(loaded):
    # 30x96 stays as it is; the batch has 96x96, as LDv1 needs 3x3 cells.
    shot = capture(loaded, np.full((30, 96, 3), 120, np.uint8))

    assert shot.stages["ld.mask"].shape == (64, 1, 3)
    assert shot.stages["backbone.c2"].shape == (16, 8, 24)
    assert shot.stage_info["ld.mask"]["kind"] == "mask"


def test_the_surest_object_is_painted_on_top():
    boxes = np.array([[1, 1, 3, 3], [0, 0, 4, 2]], float)
    objects = Objects(boxes, np.array([2, 0]), np.array([0.9, 0.4]))

    classes, scores = painted(objects, (3, 4), 255)

    assert classes.tolist() == [[0, 0, 0, 0], [0, 2, 2, 0], [255, 2, 2, 255]]
    np.testing.assert_allclose(scores, [[0.4] * 4, [0.4, 0.9, 0.9, 0.4], [0, 0.9, 0.9, 0]])
    masks = np.zeros((2, 3, 4), bool)
    masks[0, 2, 1] = True
    assert painted(Objects(boxes, objects.labels, objects.scores, masks), (3, 4), 255)[0].tolist()[2] == [
        255,
        2,
        255,
        255,
    ]
