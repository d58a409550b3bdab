import numpy as np
import plotly.graph_objects as go
import pytest

from gald_viz.views import VIEWS
from gald_viz.widgets.affinity import AffinityWidget


@pytest.fixture
def capture(make_capture):
    return make_capture()


def click(widget, x, y):
    # What the front end sets.
    widget.pictures.plots.pixel = [x, y]


def figure_of(widget):
    return widget.pictures.plots.drawn[0]


def grid_of(figure):
    return np.array(next(trace for trace in figure.data if trace.type == "heatmap").z)


def test_a_click_shows_the_affinity_of_the_pixel(capture):
    widget = AffinityWidget(capture, pixel=(20, 10))
    before = grid_of(figure_of(widget))
    affinity = capture.stages["ld.affinity"]
    kernel = int(len(affinity) ** 0.5)

    # 48x64 pixels over 12x16 cells of 4: pixel (50, 33) is in row 8, column 12.
    click(widget, 50, 33)

    assert widget.pixel == (50, 33)
    np.testing.assert_allclose(grid_of(figure_of(widget)), affinity[:, 8, 12].reshape(kernel, kernel), rtol=1e-6)
    assert not np.allclose(grid_of(figure_of(widget)), before)
    assert "(50, 33)" in figure_of(widget).layout.title.text


def test_the_figure_is_the_views_own(capture):
    widget = AffinityWidget(capture, pixel=(5, 6))
    widget.pixel = (30, 40)

    drawn = VIEWS["affinity"].draw(capture, None, {"pixel": (30, 40), "maps": False})

    shown = [trace.to_plotly_json() for trace in figure_of(widget).data[1:]]
    wanted = [trace.to_plotly_json() for trace in go.Figure(drawn.figures[0]).data[1:]]
    for ours, theirs in zip(shown, wanted, strict=True):
        assert ours["type"] == theirs["type"]
        np.testing.assert_array_equal(ours.get("x"), theirs.get("x"))
    assert drawn.numbers[0].text in widget.pictures.numbers.value


def test_clicks_still_count_after_many_clicks(capture):
    widget = AffinityWidget(capture)

    for x, y in ((1, 1), (60, 45), (30, 20)):
        click(widget, x, y)
        assert widget.pixel == (x, y)
    widget.pixel = (2, 2)
    click(widget, 30, 20)
    assert widget.pixel == (30, 20)


def test_a_position_beyond_the_border_is_the_border(capture):
    widget = AffinityWidget(capture)

    click(widget, -7, 90)

    assert widget.pixel == (0, 47)


def test_a_pixel_outside_is_refused_with_the_range(capture):
    widget = AffinityWidget(capture)

    with pytest.raises(ValueError, match=r"0\.\.63, 0\.\.47"):
        widget.pixel = (64, 0)


def test_the_pixel_can_be_observed(capture):
    widget = AffinityWidget(capture)
    seen = []
    widget.observe(lambda change: seen.append(change["new"]), "pixel")

    click(widget, 7, 9)

    assert seen == [(7, 9)]


def test_a_network_without_an_affinity_is_refused_by_name(make_capture):
    without = make_capture(stages={"ld.mask": np.zeros((4, 12, 16), dtype=np.float32)})

    with pytest.raises(ValueError, match="LDv2"):
        AffinityWidget(without)
