import numpy as np

from gald_viz.analysis.bootstrap import PairedDifference
from gald_viz.analysis.decomposition import Decomposition
from gald_viz.analysis.ranking import BinTable, ClassTable
from gald_viz.figures.decomposition import KIND_COLORS, decomposition_figure
from gald_viz.figures.ranking import bins_figure, classes_figure, intervals_figure
from gald_viz.figures.sheet import Heading

HEADING = Heading("title", "number")


def test_every_stage_has_a_bar_a_bin():
    pixels = np.array([7, 8])
    table = BinTable(("ga", "gald"), ("0-2", "12+"), np.array([[0.1, 0.2], [0.3, np.nan]]), np.ones((2, 2)), pixels)

    figure = bins_figure(table, table, HEADING)

    assert [trace.name for trace in figure.data] == ["ga", "gald"] * 2
    np.testing.assert_allclose(figure.data[1].y, [30, np.nan])
    assert figure.layout.xaxis.type == "category"


def test_fixed_goes_up_and_broken_down_as_shares_of_the_class():
    pixels = np.array([10, 200])
    rates = np.array([[0.1, 0.5], [0.2, 0.6]])
    table = ClassTable(("pole", "road"), pixels, pixels, rates, rates, np.array([5, 20]), np.array([1, 10]))

    figure = classes_figure(table, ("ga", "gald"), HEADING)

    fixed, broken, before, after = figure.data
    assert fixed.y.tolist() == [50, 10]
    assert broken.y.tolist() == [-10, -5]
    assert before.name == "IoU at ga"
    np.testing.assert_allclose(after.y, [20, 60])


def test_intervals_that_leave_out_0_stand_out():
    difference = np.array([0.02, -0.01, np.nan])
    low, high = np.array([0.01, -0.03, np.nan]), np.array([0.04, 0.02, np.nan])
    result = PairedDifference(difference, difference, low, high, np.ones(3), 0.95)

    clear, other = intervals_figure(result, ["road", "sky", "pole"], HEADING).data

    assert list(clear.y) == ["road"]
    np.testing.assert_allclose([clear.x[0], clear.error_x.array[0], clear.error_x.arrayminus[0]], [2, 2, 1])
    assert list(other.y) == ["sky"]


def test_the_chart_of_kinds_has_what_mending_gives():
    counts = np.zeros((5, 2, 2), int)
    counts[0] = [[60, 0], [0, 20]]
    counts[1, 1, 0] = 20
    result = Decomposition(counts)

    figure = decomposition_figure(result, ["road", "pole"], HEADING)

    # IoU 60/80 and 20/40 as it is; with the missed segments mended all is right.
    np.testing.assert_allclose(figure.data[0].y, [62.5, 100, 62.5, 62.5, 62.5])
    assert figure.data[1].y.tolist() == [20]
    assert [trace.marker.color for trace in figure.data[1:]] == list(KIND_COLORS)
