"""Pictures of the size response carry the numbers they were given."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from gald_viz.analysis.size_response import FALSE, HIT, MISSED, recall_differences, size_counts
from gald_viz.figures.sheet import Heading
from gald_viz.figures.size_response import OUTCOMES, Knob, response_figure, scene_figure

NAMES = {"fcn": "FCN", "ga-whole": "GA whole", "gald-whole": "GALD whole"}
PAIRS = [("ga-whole", "fcn"), ("gald-whole", "ga-whole")]
RECALL = {"fcn": 0.4, "ga-whole": 0.3, "gald-whole": 0.5}


@pytest.fixture
def counts():
    rows = [
        {
            "network": name,
            "seed": seed,
            "knob": "pole",
            "size": size,
            "labelled": 1000,
            "answered": 1000,
            "hits": round(1000 * (recall + 0.05 * size + 0.01 * seed)),
        }
        for name, recall in RECALL.items()
        for seed in (0, 1, 2)
        for size in (1, 2, 4)
    ]
    return size_counts(rows, "pole")


def test_lines_bands_and_differences(counts):
    knob = Knob(counts, "posts", "width [px]", 2, recall_differences(counts, PAIRS))

    figure = response_figure([knob], NAMES, Heading("Size", "numbers"))

    drawn = {trace.name: trace for trace in figure.data if trace.name}
    assert list(drawn) == ["FCN", "GA whole", "GALD whole", "GA whole − FCN", "GALD whole − GA whole"]
    np.testing.assert_allclose(drawn["FCN"].y, [46, 51, 61])
    np.testing.assert_allclose(drawn["FCN"].customdata, [[45, 47], [50, 52], [60, 62]])
    np.testing.assert_allclose(drawn["GA whole − FCN"].y, [-10] * 3)
    assert "undecided" not in " ".join(drawn["GA whole − FCN"].text)
    assert figure.layout.xaxis.title.text == "width [px]"
    assert [list(trace.x) for trace in figure.data if trace.line.dash == "dot" and not trace.name] == [[2, 2]] * 2


def test_what_was_found_is_drawn_in_the_legend_s_colours():
    codes = np.zeros((4, 6), np.uint8)
    codes[0, :3] = HIT, MISSED, FALSE
    image = np.full((4, 6, 3), 90, np.uint8)

    figure = scene_figure(image, {"FCN: 50 %": codes}, Heading("Scene", "numbers"))

    pictures = [trace for trace in figure.data if trace.type == "image"]
    pixels = decoded(pictures[1].source)
    for column, code in enumerate((HIT, MISSED, FALSE)):
        name, color = OUTCOMES[code]
        assert "#" + bytes(pixels[0, column]).hex() == color
        assert name in [trace.name for trace in figure.data]
    assert len(set(pixels[2].ravel())) == 1
    assert [note.text for note in figure.layout.annotations] == ["scene", "FCN: 50 %"]


def decoded(source: str) -> np.ndarray:
    import base64

    return np.asarray(Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))))
