import numpy as np

from gald_viz.analysis.confused import confused_regions
from gald_viz.figures.cells import frames, targets
from gald_viz.figures.confusion import Confusion, confusion_figure, regions_figure
from gald_viz.figures.sheet import Heading

NAMES = ("sky", "road", "car")
HEADING = Heading("a", "b")


def test_every_cell_says_which_it_is_and_the_chosen_one_is_framed():
    counts = np.array([[6, 2, 0], [0, 0, 0], [1, 0, 3]])

    figure = confusion_figure([Confusion("net", counts)], NAMES, (0, 1), HEADING)

    cells, points = figure.data
    np.testing.assert_allclose(cells.z[0], [0.75, 0.25, 0])
    assert list(cells.x) == list(NAMES)
    assert [list(pair) for pair in points.customdata[:3]] == [[0, 0], [0, 1], [0, 2]]
    assert points.text[1] == "labelled sky, predicted road<br>2 px, 25.0 % of the label"
    assert "no labelled px" in points.text[3]
    (frame,) = figure.layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (0.5, 1.5, -0.5, 0.5)


def test_classes_that_do_not_occur_are_left_out():
    counts = np.zeros((3, 3), int)
    counts[0, 2] = 5

    figure = confusion_figure([Confusion("a", counts), Confusion("b", counts)], NAMES, None, HEADING)

    assert list(figure.data[0].x) == ["sky", "car"]
    assert not figure.layout.shapes
    assert {trace.xaxis for trace in figure.data} == {"x", "x2"}


def test_a_cell_that_the_matrix_does_not_show_has_no_frame():
    assert frames([0, 2], [0, 2], [(1, 0)]) == []
    assert targets([2], [0, 2], NAMES, np.array([["a", "b"]]))["customdata"] == [[2, 0], [2, 2]]


def test_regions_are_boxed_and_counted_in_the_legend():
    label, answer = np.zeros((20, 30), int), np.zeros((20, 30), int)
    answer[4:8, 5:9] = 1
    found = confused_regions(answer, label, (0, 1))

    figure = regions_figure(np.full((20, 30, 3), 90, np.uint8), [found], answer, NAMES, HEADING)

    assert [trace.name for trace in figure.data if trace.name] == ["sky taken for road: 16 px"]
    (box,) = figure.layout.shapes
    assert (box.x0, box.y0, box.x1, box.y1) == (2.5, 1.5, 10.5, 9.5)
