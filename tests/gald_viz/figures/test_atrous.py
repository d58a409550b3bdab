import numpy as np

from gald_viz.analysis.atrous import valid_taps
from gald_viz.figures.atrous import valid_taps_figure
from gald_viz.figures.sheet import Heading


def test_one_line_for_each_number_of_taps_the_full_filter_first():
    result = valid_taps((65, 65), [6, 12, 18, 64])

    figure = valid_taps_figure(result, Heading("Valid taps", "66.5 % at rate 6"), marked=(6, 12, 18))

    assert [trace.name.split()[0] for trace in figure.data] == ["9", "6", "4", "2", "1"]
    np.testing.assert_array_equal(figure.data[0].x, [6, 12, 18, 64])
    np.testing.assert_allclose(figure.data[0].y, [66.5, 39.8, 19.9, 0], atol=0.05)
    np.testing.assert_allclose(sum(trace.y for trace in figure.data), 100)
    assert len({trace.line.color for trace in figure.data}) == 5
    assert [line.x0 for line in figure.layout.shapes] == [6, 12, 18]
    assert figure.layout.xaxis.title.text == "atrous rate [cells]"
    assert "66.5 % at rate 6" in figure.layout.title.text


def test_a_single_rate_is_a_marker_that_can_be_seen():
    (trace,) = valid_taps_figure(valid_taps((4, 4), [9]), Heading("", "")).data

    assert (trace.mode, trace.y.tolist(), trace.line.width) == ("lines+markers", [100.0], 2.5)
