"""A dark page has dark figures, and every figure has its words."""

import numpy as np
import plotly.graph_objects as go
import pytest

from gald_viz.figures import dark, theme
from gald_viz.figures.dark import darkened
from gald_viz.figures.plain import in_words
from gald_viz.views import VIEWS
from tests.gald_viz.conftest import build_capture, street


def luminance(color: str) -> float:
    share = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(first: str, second: str) -> float:
    """WCAG 2.2."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("ink", "muted", "paper"), [(theme.INK, theme.MUTED, "#ffffff"), (dark.INK, dark.MUTED, dark.PAPER)]
)
def test_type_can_be_read_on_both_papers(ink, muted, paper):
    assert contrast(ink, paper) > 10
    assert contrast(muted, paper) > 4.5


@pytest.mark.parametrize("view", ["masks", "errors", "separation", "tokens", "stages"])
def test_nothing_light_is_left_of_the_paper_and_the_data_stay(view):
    (figure, *_) = VIEWS[view].draw(build_capture(), street(), {}).figures

    made = darkened(figure)

    assert (made.layout.paper_bgcolor, made.layout.plot_bgcolor) == (dark.PAPER, dark.PAPER)
    text = made.layout.to_plotly_json()
    assert theme.INK not in str(text)
    assert theme.MUTED not in str(text)
    assert figure.layout.paper_bgcolor == "white"
    for before, after in zip(figure.data, made.data, strict=True):
        assert before.type == after.type
        if before.type == "image":
            assert before.source == after.source
        if before.type == "heatmap":
            np.testing.assert_array_equal(before.z, after.z)


def test_a_curve_that_is_nearly_black_is_paler_and_others_are_not():
    lines = [{"mode": "lines", "line": {"color": color}} for color in ("rgb(0,0,142)", "rgb(250,170,30)")]

    made = darkened(go.Figure({"data": lines, "layout": {"title": {"text": "x"}}}))

    # 0.55 of the colour and 0.45 of white.
    assert [trace.line.color for trace in made.data] == ["rgb(115,115,193)", "rgb(250,170,30)"]


def test_a_figure_in_words_is_its_heading_and_its_numbers():
    result = VIEWS["masks"].draw(build_capture(), street(), {})

    words = in_words(result.figures[0])

    assert words.startswith("LD mask: ")
    assert result.numbers[0].text in words
    assert "<" not in words
    assert "span" not in words
