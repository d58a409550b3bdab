"""Names are text in every figure, whatever they hold."""

import numpy as np
import pytest

from gald_viz.figures.plain import plain, without_markup
from gald_viz.figures.sheet import Heading, Sheet
from gald_viz.views import VIEWS
from tests.gald_viz.conftest import build_capture, street

EVIL = ("<b>road</b>", "<a href='x.html'>sky</a>", "car<script>alert(1)</script>", "<span style='x'>pole</span>")
TAGS = ("<b>road", "<a ", "<script", "<span style='x'", "<i>")


def test_markup_is_shown_letter_by_letter():
    assert plain("<b>a & b</b>") == "&lt;b&gt;a &amp; b&lt;/b&gt;"
    # Line breaks and the second part of a hover box are the figures' own.
    assert without_markup("a<br>%{y}<i>x</i><extra></extra>") == "a<br>%{y}&lt;i>x&lt;/i><extra></extra>"
    assert without_markup({"source": "data:<b>", "name": ["<b>"], "size": 3}) == {
        "source": "data:<b>",
        "name": ["&lt;b>"],
        "size": 3,
    }
    assert without_markup(np.array([["<b>"]], dtype=object)).tolist() == [["&lt;b>"]]
    numbers = np.arange(3)
    assert without_markup(numbers) is numbers


def test_a_heading_of_markup_is_text_between_the_figures_own():
    figure = Sheet(Heading("<i>runs/a</i>", "<b>x</b>"), 200).figure()

    assert figure.layout.title.text.startswith("<b>&lt;i&gt;runs/a")
    assert "<b>x" not in figure.layout.title.text


@pytest.mark.parametrize("view", [name for name in VIEWS if name != "detections"])
def test_no_view_draws_a_name_as_markup(view):
    evil = {"checkpoint": "<i>net</i>", "checkpoint_sha256": "0" * 64, "image": "<a href='y'>", "image_sha256": "0"}
    capture = build_capture(class_names=EVIL, provenance=evil)
    if VIEWS[view].applies(capture, street()) is not None:
        pytest.skip("this made-up network has no such stage")

    drawn = VIEWS[view].draw(capture, street(), {}, None)

    for figure in drawn.figures:
        text = figure.to_json().replace("\\u003c", "<").replace("\\u003e", ">")
        assert not [tag for tag in TAGS if tag in text]
