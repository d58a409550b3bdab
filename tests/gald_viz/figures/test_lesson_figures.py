import numpy as np
import pytest

from gald_viz.figures.charts import Axis, Series, bars_figure, dots_figure, lines_figure, named_dots_figure
from gald_viz.figures.enlarge import enlarged
from gald_viz.figures.marked import Panel, Places, Scale, marked_figure
from gald_viz.figures.sheet import Heading

HEADING = Heading("Title", "the number 4.2")
PICTURE = np.zeros((20, 40, 3), dtype=np.uint8)


def test_bars_carry_their_value_in_words():
    figure = bars_figure([Series("a", ["x", "y"], [1.0, 2.5])], Axis("cost [ms]"), HEADING)

    assert list(figure.data[0].text) == ["1", "2.5"]
    assert figure.layout.xaxis.title.text == "cost [ms]"
    assert not figure.layout.showlegend
    assert "4.2" in figure.layout.title.text


def test_lines_mark_where_the_slider_stands_and_a_log_axis_takes_its_limits_in_its_own_numbers():
    series = [Series("a", [1, 2], [10, 100]), Series("b", [1, 2], [20, 30])]

    figure = lines_figure(series, Axis("size [px]"), Axis("cost", log=True, limits=(1, 1000)), HEADING, marked=2.0)

    assert figure.layout.shapes[0].x0 == 2.0
    assert list(figure.layout.yaxis.range) == [0, 3]
    assert [trace.marker.symbol for trace in figure.data] == ["circle", "diamond"]


def test_a_log_axis_takes_dots_and_refuses_bars():
    series, axis = Series("", ["slow", "fast"], [500.0, 5.0], ["500 ms", "5 ms"]), Axis("time [ms]", log=True)

    figure = named_dots_figure(series, axis, HEADING)

    assert (figure.data[0].type, figure.layout.xaxis.type) == ("scatter", "log")
    assert list(figure.data[0].x) == [500, 5]
    assert [text.strip() for text in figure.data[0].text] == ["500 ms", "5 ms"]
    with pytest.raises(ValueError, match=r"'time \[ms\]' is log, where a bar's length means nothing"):
        bars_figure([series], axis, HEADING)


def test_dots_are_read_by_the_pointer():
    figure = dots_figure([Series("a", [1], [2], ["a car"])], Axis("x"), Axis("y"), HEADING)

    assert figure.data[0].text == ("a car",)


def test_a_marked_picture_has_one_scale_and_a_legend_of_its_places():
    places = Places("tap", np.array([3.0]), np.array([4.0]))
    valued = Places("", np.array([5.0]), np.array([6.0]), np.array([0.5]))
    panels = [Panel("a", PICTURE, np.ones((2, 4))), Panel("b", PICTURE, places=(places, valued))]

    figure = marked_figure(panels, HEADING, scale=Scale("share", (0, 1)))

    heat = next(trace for trace in figure.data if trace.type == "heatmap")
    assert (heat.x0, heat.dx, heat.coloraxis) == (4.5, 10, "coloraxis")
    assert figure.layout.coloraxis.colorbar.title.text == "share"
    assert [trace.name for trace in figure.data if trace.name] == ["tap"]
    dots = [trace for trace in figure.data if trace.type == "scatter" and trace.x[0] is not None]
    assert dots[1].marker.color[0] == 0.5


def test_an_enlarged_figure_has_larger_type_and_the_same_plot():
    figure = lines_figure([Series("a", [1, 2], [1, 2])], Axis("x"), Axis("y"), HEADING)
    margin = figure.layout.margin

    large = enlarged(figure, 2)

    assert large.layout.font.size == 2 * figure.layout.font.size
    assert large.layout.xaxis.title.font.size == 24
    assert "font-size:26px" in large.layout.title.text
    assert large.layout.height - figure.layout.height == margin.t + margin.b
    np.testing.assert_array_equal(large.data[0].y, [1, 2])
    assert large.data[0].marker.size == figure.data[0].marker.size
    with pytest.raises(ValueError, match="factor is 0"):
        enlarged(figure, 0)
