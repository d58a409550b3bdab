import numpy as np

from gald_viz.analysis.training import Curve
from gald_viz.figures.sheet import Heading
from gald_viz.figures.training import Answer, RunCurves, answer_figure, classes_figure, curves_figure

HEADING = Heading("a title", "a number")


def line(*values):
    return Curve(np.arange(1, len(values) + 1), np.array(values))


def test_each_run_has_one_colour_in_four_panels():
    runs = {
        "one": RunCurves(line(2.0, 1.0), line(0.1, 0.05), line(0.5), line(7.0)),
        "two": RunCurves(line(3.0), line(0.2), line(0.25), line(8.0), "mAP@.5"),
    }

    figure = curves_figure(runs, HEADING)

    assert [list(trace.y) for trace in figure.data] == [[2, 1], [50], [0.1, 0.05], [7], [3], [25], [0.2], [8]]
    assert [trace.xaxis for trace in figure.data] == ["x", "x2", "x3", "x4"] * 2
    assert len({trace.line.color for trace in figure.data[:4]}) == 1
    assert figure.data[0].line.color != figure.data[4].line.color
    assert [note.text for note in figure.layout.annotations] == [
        "loss",
        "mIoU or mAP@.5, %",
        "learning rate",
        "images a second",
    ]
    assert [trace.name for trace in figure.data if trace.showlegend] == ["one", "two"]


def test_one_run_alone_needs_no_legend():
    figure = curves_figure({"one": RunCurves(line(2.0), line(0.1), line(0.5), line())}, HEADING)

    assert not figure.layout.showlegend


def test_classes_have_their_own_colours_in_percent():
    figure = classes_figure({"road": line(0.5, 0.75)}, {"road": "rgb(1,2,3)"}, "AP@.5", HEADING)

    assert list(figure.data[0].y) == [50, 75]
    assert figure.layout.yaxis.title.text == "AP@.5, %"
    assert figure.data[0].line.color == "rgb(1,2,3)"


def test_image_label_answers_and_maps_each_have_a_panel():
    ids = np.zeros((8, 12), int)
    answer = Answer(
        np.zeros((8, 12, 3), np.uint8), ids, {"prediction": ids, "stage ga": ids + 1}, {"LD mask": np.full((2, 3), 0.5)}
    )
    colors = np.array([[255, 0, 0], [0, 255, 0]], np.uint8)

    figure = answer_figure(answer, ("a", "b"), colors, HEADING)

    assert [note.text for note in figure.layout.annotations] == [
        "image",
        "label",
        "prediction",
        "stage ga",
        "LD mask",
    ]
    assert [trace.type for trace in figure.data[:5]] == ["image"] * 4 + ["heatmap"]
    np.testing.assert_array_equal(figure.data[4].z, np.full((2, 3), 0.5, np.float32))
    assert figure.data[4].colorbar.title.text == "LD mask"
    # The map covers the image: cells of 4 pixels, the first one centred at 1.5.
    assert (figure.data[4].x0, figure.data[4].dx) == (1.5, 4)
    assert [trace.name for trace in figure.data[5:]] == ["a", "b"]
