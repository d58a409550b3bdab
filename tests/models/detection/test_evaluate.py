"""COCO's AP of hand-made detections through the library, and the loop over a data set."""

from __future__ import annotations

import importlib.util
from types import SimpleNamespace

import numpy as np
import pytest

from models.data.classes import ClassSet
from models.data.detection import open_detection
from models.data.detection.sample import DetectionSample
from models.detection import evaluate as evaluate_module
from models.detection.detector import Detections, Detector
from models.detection.evaluate import DetectionTally, evaluate_detector
from models.presets import detector_preset

CLASSES = ClassSet(("car", "sign"), ((0, 0, 255), (255, 255, 0)))


def box_mask(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    masks = np.zeros((len(boxes), 100, 200), dtype=bool)
    for mask, (x0, y0, x1, y1) in zip(masks, boxes, strict=True):
        mask[y0:y1, x0:x1] = True
    return masks


def sample(boxes: list[tuple[int, int, int, int]], labels: list[int], ignored: list[bool]) -> DetectionSample:
    image = np.zeros((100, 200, 3), np.uint8)
    return DetectionSample(
        image, np.array(boxes, np.float32), np.array(labels), box_mask(*boxes), np.array(ignored), "a"
    )


def found(boxes: list[tuple[int, int, int, int]], labels: list[int], masks: np.ndarray) -> Detections:
    scores = np.linspace(0.9, 0.5, len(boxes)).astype(np.float32)
    return Detections(np.array(boxes, np.float32), scores, np.array(labels), masks)


def test_box_and_mask_ap_by_hand():
    tally = DetectionTally(CLASSES, masks=True)
    truth = [(0, 0, 50, 50), (100, 0, 150, 50)]
    # The first box is exact; the second has 42 of 50 columns: IoU 0.84, its mask 26: IoU 0.52.
    boxes = [(0, 0, 50, 50), (100, 0, 142, 50)]
    masks = box_mask((0, 0, 50, 50), (100, 0, 126, 50))
    tally.add(found(boxes, [0, 0], masks), sample(truth, [0, 0], [False, False]))

    result = tally.result()

    # IoU 0.50 .. 0.80, seven of ten thresholds, count both; above, one of two: precision 1 up to recall 1/2, which 51
    # of COCO's 101 recall points reach. Masks: only at 0.50 both.
    half = 51 / 101
    assert result.coco["box"]["ap"] == pytest.approx((7 + 3 * half) / 10, abs=1e-6)
    assert result.coco["mask"]["ap"] == pytest.approx((1 + 9 * half) / 10, abs=1e-6)
    assert (result.coco["box"]["ap50"], result.coco["box"]["ap75"]) == (1, 1)
    assert result.coco["mask"]["ap75"] == pytest.approx(half, abs=1e-6)
    assert np.isnan(result.coco["box"]["classes"][1])
    assert (result.map50, result.images) == (1, 1)


def test_rates_are_plain_values_and_none_where_nothing_was_there():
    tally = DetectionTally(CLASSES, masks=False)
    tally.add(found([(0, 0, 10, 10)], [0], box_mask((0, 0, 10, 10))), sample([(0, 0, 10, 10)], [0], [False]))

    values = tally.result().to_json()

    assert (values["voc_map50_11"], values["voc_map50"], values["box_ap"], values["box_ap_small"]) == (1, 1, 1, 1)
    assert (values["mask_ap"], values["box_ap_large"]) == (None, None)
    assert values["classes"]["car"] == {"voc_ap50_11": 1, "voc_ap50": 1, "box_ap": 1}
    assert values["classes"]["sign"] == {"voc_ap50_11": None, "voc_ap50": None, "box_ap": None}


def test_ignored_objects_count_neither_way():
    tally = DetectionTally(CLASSES, masks=False)
    truth = sample([(0, 0, 10, 10), (50, 0, 90, 40)], [0, 0], [False, True])
    tally.add(found([(50, 0, 90, 40), (0, 0, 10, 10)], [0, 0], box_mask()), truth)

    result = tally.result()

    assert (result.map50, result.coco["box"]["ap"]) == (1, 1)


def test_a_perfect_detector_on_scenes_has_ap_one_and_its_mode_is_left_as_it_was(monkeypatch):
    data = open_detection("scenes", None, "val", count=2, size=(64, 96))
    model = Detector(detector_preset("tiny-mask-rcnn-gald").model, data.classes).train()
    model.neck.eval()
    answers = iter([data[0], data[1]])

    def perfect(_image: np.ndarray) -> Detections:
        truth = next(answers)
        return Detections(truth.boxes, np.ones(len(truth.labels), np.float32), truth.labels, truth.masks)

    monkeypatch.setattr(model, "predict", perfect)
    values = evaluate_detector(model, data, progress=False).to_json()

    assert (values["voc_map50"], values["box_ap"], values["mask_ap"]) == (1, 1, 1)
    assert (model.training, model.neck.training, model.rpn.training) == (True, False, True)


def test_other_classes_are_refused(detector):
    with pytest.raises(ValueError, match=r"trained on the classes \['car', 'sign', 'person'\], scenes has"):
        evaluate_detector(detector, open_detection("scenes", None, "val", count=1))


def test_without_pycocotools_vocs_rates_remain(monkeypatch, caplog):
    monkeypatch.setattr(
        evaluate_module, "importlib", SimpleNamespace(util=SimpleNamespace(find_spec=lambda _name: None))
    )
    assert importlib.util.find_spec("pycocotools")
    tally = DetectionTally(CLASSES, masks=False)
    tally.add(found([(0, 0, 10, 10)], [0], box_mask((0, 0, 10, 10))), sample([(0, 0, 10, 10)], [0], [False]))

    values = tally.result().to_json()

    assert (values["voc_map50"], values["box_ap"]) == (1, None)
    assert "pycocotools is not installed" in caplog.text
