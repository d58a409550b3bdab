import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from gald_viz.analysis.linked import Answer, HeatMap, LinkedMaps
from gald_viz.figures.linked import NOTHING, payload, script

CLASSES = np.array([[0, 1], [1, 255]])


def read(uri: str) -> np.ndarray:
    head, _, body = uri.partition(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(body))))


@pytest.fixture
def maps() -> LinkedMaps:
    sure = np.array([[0.0, 0.2], [0.6, 1.0]], np.float32)
    answer = Answer("FCN", CLASSES, sure, sure)
    heat = HeatMap("mask", np.array([[2.0, 3.0], [4.0, 4.0]], np.float32), (2.0, 4.0))
    return LinkedMaps(np.zeros((2, 2, 3), np.uint8), 1.0, CLASSES, (answer,), (heat,), CLASSES * 0)


def test_maps_travel_as_grey_pictures_that_lose_nothing_of_ids_and_half_a_level_of_numbers(maps):
    data = payload(maps, ("road", "sky"), np.array([[1, 2, 3], [4, 5, 6]], np.uint8), "here")

    assert read(data["label"]).tolist() == [[0, 1], [1, NOTHING]]
    answer = data["answers"][0]
    assert read(answer["classes"]).tolist() == [[0, 1], [1, NOTHING]]
    assert read(answer["probability"]).tolist() == [[0, 51], [153, 255]]
    (heat,) = data["heats"]
    assert read(heat["values"]).tolist() == [[0, 128], [255, 255]]
    assert (heat["low"], heat["high"]) == (2.0, 4.0)
    assert (data["width"], data["height"], len(data["ramp"])) == (2, 2, 256)
    json.dumps(data, allow_nan=False)


def test_the_signature_tells_pictures_apart(maps):
    colors = np.zeros((2, 3), np.uint8)
    first, same, other = (payload(maps, ("road", "sky"), colors, title)["signature"] for title in ("a", "a", "b"))

    assert first == same != other


def test_more_classes_than_a_grey_picture_holds_are_refused(maps):
    with pytest.raises(ValueError, match="255 classes cannot be told apart"):
        payload(maps, tuple(map(str, range(255))), np.zeros((255, 3), np.uint8), "")


def test_the_script_sets_text_and_never_markup():
    assert "export async function mount(root, data, chosen)" in script()
    assert "innerHTML" not in script() and "insertAdjacentHTML" not in script()
