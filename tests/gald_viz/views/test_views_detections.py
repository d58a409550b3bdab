"""The view of objects, and what the other views say of a detector."""

from __future__ import annotations

import numpy as np
import pytest

from gald_viz.types import Capture, Objects
from gald_viz.views import VIEWS

NAMES = ("car", "sign")
COLORS = np.array([[10, 60, 236], [252, 248, 10]], np.uint8)
SIZE = (40, 80)


def mask_of(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    masks = np.zeros((len(boxes), *SIZE), bool)
    for mask, (x0, y0, x1, y1) in zip(masks, boxes, strict=True):
        mask[y0:y1, x0:x1] = True
    return masks


BOXES = ((4, 4, 24, 24), (40, 10, 60, 30), (62, 2, 78, 14))
FOUND = Objects(np.array(BOXES, float), np.array([0, 1, 0]), np.array([0.9, 0.7, 0.3]), mask_of(*BOXES))
LABELLED = Objects(
    np.array([(4, 4, 24, 22), (40, 10, 60, 30)], float), np.array([0, 0]), np.ones(2), mask_of(*BOXES[:2])
)


def look(name: str = "mine", objects: Objects | None = FOUND) -> Capture:
    prediction = np.full(SIZE, 255)
    prediction[4:24, 4:24], prediction[10:30, 40:60] = 0, 1
    mask = np.random.default_rng(0).uniform(0.5, 1, (3, 5, 10)).astype(np.float32)
    image = np.full((*SIZE, 3), 100, np.uint8)
    return Capture(
        image, prediction, np.zeros(SIZE, np.float32), {"ld.mask": mask}, {"ld.mask": {"kind": "mask"}}, NAMES, COLORS,
        provenance={"checkpoint": name}, objects=objects,
    )  # fmt: skip


def outlines(figure) -> list[tuple[str, str]]:
    """Axis and dash of every box that the pointer reads."""
    return [(trace.xaxis, trace.line.dash) for trace in figure.data if trace.type == "scatter" and trace.text]


def test_right_wrong_and_missed_are_counted_and_drawn():
    result = VIEWS["detections"].draw(look(), None, {"objects": LABELLED})

    # The car is right; the sign stands where a car is labelled, which is missed; the third is not sure enough.
    assert {number.name: number.value for number in result.numbers} == {
        "right": 1, "wrong": 1, "missed": 1, "precision": 0.5, "recall": 0.5,
    }  # fmt: skip
    assert list(result.rows) == [
        {"detector": "mine", "class": "car", "labelled": 2, "right": 1, "wrong": 0, "missed": 1},
        {"detector": "mine", "class": "sign", "labelled": 0, "right": 0, "wrong": 1, "missed": 0},
    ]
    figure = result.figures[0]
    assert outlines(figure) == [("x", "solid"), ("x", "dash"), ("x", "dot"), ("x2", "solid")]
    car = next(trace for trace in figure.data if trace.text and trace.text[0] == "car 0.90")
    # Pixel 4 begins at 3.5.
    assert (min(car.x[:5]), max(car.x[:5]), min(car.y[:5]), max(car.y[:5])) == (3.5, 23.5, 3.5, 23.5)
    assert {trace.name for trace in figure.data if trace.name} == {"car", "sign", "right", "wrong", "missed (white)"}
    written = {note.text for note in figure.layout.annotations}
    assert {"car 0.90", "sign 0.70", "car", "mine: 1 right, 1 wrong, 1 missed"} <= written


def test_two_detectors_stand_side_by_side():
    other = look("other", Objects(FOUND.boxes[:1], FOUND.labels[:1], FOUND.scores[:1]))
    result = VIEWS["detections"].draw(look(), None, {"objects": LABELLED, "score": 0.2}, other)

    values = {number.name: number.value for number in result.numbers}
    assert (values["wrong, mine"], values["wrong, other"], values["missed, other"]) == (2, 0, 1)
    assert {row["detector"] for row in result.rows} == {"mine", "other"}
    titles = [note.text for note in result.figures[0].layout.annotations]
    assert "other: 1 right, 0 wrong, 1 missed" in titles
    assert "label: 2 objects" in titles
    heading = result.figures[0].layout.title.text
    # Of the three found by the first one is right, of the two labelled as well.
    assert "mine: precision 33.3 % · recall 50.0 %; other: precision 100.0 % · recall 50.0 %" in heading


def test_labelled_objects_that_do_not_count_are_told():
    crowd = Objects(LABELLED.boxes, LABELLED.labels, LABELLED.scores, LABELLED.masks, np.array([False, True]))

    result = VIEWS["detections"].draw(look(), None, {"objects": crowd})

    titles = [note.text for note in result.figures[0].layout.annotations]
    assert "label: 1 objects, 1 that do not count" in titles


def test_without_labels_objects_are_only_counted():
    result = VIEWS["detections"].draw(look(), None, {"score": 0.05, "names": False})

    assert [(number.name, number.value) for number in result.numbers] == [("found", 3)]
    assert "no labelled objects" in result.note
    assert len(outlines(result.figures[0])) == 2
    assert [note.text for note in result.figures[0].layout.annotations] == ["mine"]


def test_an_image_without_any_object_is_drawn_too():
    none = Objects(np.zeros((0, 4)), np.zeros(0, np.int64), np.zeros(0), np.zeros((0, *SIZE), bool))
    result = VIEWS["detections"].draw(look(objects=none), None, {"objects": none})

    assert result.rows == ()
    assert result.numbers[3].text == "–"


def test_the_mask_of_a_detector_is_shown_by_the_classes_of_its_objects():
    result = VIEWS["masks"].draw(look())

    assert result.figures[0].layout.title.text.startswith("<b>LD mask")
    # The car and the sign.
    assert {number.name: number.value for number in result.numbers}["objects"] == 2


@pytest.mark.parametrize("name", ["errors", "stages", "separation", "tokens"])
def test_views_of_classes_say_why_they_do_not_apply(name):
    reason = VIEWS[name].applies(look(), np.zeros(SIZE, np.int64))

    assert reason == (
        "mine is a detector: it finds objects and gives no class to every pixel, which this view reads. "
        "See its detections, or choose a segmentation network."
    )


def test_a_segmentation_network_has_no_detections():
    reason = VIEWS["detections"].applies(look(objects=None))

    assert reason == "mine has no objects: it gives every pixel a class. Open the checkpoint file of a detector."
    with pytest.raises(ValueError, match="mine has no objects"):
        VIEWS["detections"].draw(look(objects=None))
