import io
import json
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image

from apps.browser import find_chromium
from gald_viz.export import arrays_file, drawn_file, provenance_of, signature
from gald_viz.types import Capture

NASTY = "</script><b>\"&'"


@pytest.fixture
def capture() -> Capture:
    return Capture(
        image=np.arange(24, dtype=np.uint8).reshape(2, 4, 3),
        prediction=np.array([[0, 1, 0, 1]] * 2),
        confidence=np.full((2, 4), 0.5, np.float32),
        stages={"ld.mask": np.ones((3, 1, 2), np.float32)},
        stage_info={},
        class_names=("road", "sky"),
        class_colors=np.zeros((2, 3), np.uint8),
        provenance={"checkpoint": "net", "checkpoint_sha256": "ab" * 32, "image": NASTY},
    )


@pytest.fixture
def note(capture):
    return provenance_of(capture, "masks", {"band": 5, "pixel": (3, 1), "objects": capture})


@pytest.fixture
def figure() -> go.Figure:
    return go.Figure(go.Scatter(y=[1, 2]), {"height": 300, "margin": {"b": 40}, "title": {"text": "Gates"}})


def test_the_provenance_says_what_made_the_picture(note):
    assert note == {
        **{"view": "masks", "controls": {"band": 5, "pixel": (3, 1)}, "stages": ["ld.mask"]},
        **{"checkpoint": "net", "checkpoint_sha256": "ab" * 32, "image": NASTY},
    }
    assert signature(note) == f"net (abababababab) · {NASTY} · masks · band 5, pixel (3, 1)"


def test_arrays_come_back_as_they_were(capture, note):
    label = np.array([[0, 0, 1, 255]] * 2)
    with np.load(io.BytesIO(arrays_file(capture, label, note))) as stored:
        assert set(stored) == {"image", "prediction", "confidence", "ld.mask", "class_names", "gald", "label"}
        assert np.array_equal(stored["ld.mask"], capture.stages["ld.mask"])
        assert np.array_equal(stored["label"], label)
        assert json.loads(str(stored["gald"]))["image"] == NASTY


def test_a_page_needs_no_network_and_carries_its_provenance_as_data(figure, note):
    page = drawn_file(figure, "html", note).decode()

    found = re.search(r'<script type="application/json" id="gald">(.*?)</script>', page, re.DOTALL)
    assert json.loads(found[1].replace("<\\/", "</"))["image"] == NASTY
    assert not re.search(r'<script[^>]+src="http', page)
    assert figure.layout.height == 300 and not figure.layout.annotations


@pytest.mark.slow
@pytest.mark.skipif(find_chromium() is None, reason="no Chromium on the PATH")
def test_pictures_carry_their_provenance(figure, note):
    svg = ElementTree.fromstring(drawn_file(figure, "svg", note))
    data = next(element for element in svg.iter() if element.get("id") == "gald")
    assert json.loads(data.text or "")["image"] == NASTY
    assert any("Gates" in (element.text or "") for element in svg.iter("{http://www.w3.org/2000/svg}text"))

    picture = Image.open(io.BytesIO(drawn_file(figure, "png", note)))
    assert json.loads(picture.info["gald"])["checkpoint_sha256"] == "ab" * 32
    assert picture.size[0] == 2700

    assert drawn_file(figure, "pdf", note).startswith(b"%PDF")


def test_an_unknown_format_is_refused(figure, note):
    with pytest.raises(ValueError, match="format is 'gif', must be one of"):
        drawn_file(figure, "gif", note)
