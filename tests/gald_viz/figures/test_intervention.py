import numpy as np
import pytest

from gald_viz.analysis.faithfulness import faithfulness, randomisation
from gald_viz.analysis.intervention import intervention
from gald_viz.analysis.regions import outline
from gald_viz.figures.attribution import attribution_figure
from gald_viz.figures.faithfulness import curves_figure, randomisation_figure
from gald_viz.figures.intervention import Scene, answer_figure, baseline_figure
from gald_viz.figures.sheet import Heading
from gald_viz.types import Answer

NAMES = ("sky", "road", "car")
COLORS = np.array([[70, 130, 180], [128, 64, 128], [0, 0, 142]], np.uint8)
HEADING = Heading("title", "number")


def an_answer(ids):
    return Answer(np.array(ids), np.full(np.shape(ids), 0.5, np.float32))


def a_result():
    answers = an_answer([[0, 0, 1], [1, 1, 1]]), an_answer([[0, 2, 1], [1, 1, 1]])
    return intervention(answers, [an_answer([[0, 0, 0], [0, 1, 1]])], None, 3, 255)


def test_the_third_panel_shows_the_changed_pixels_in_their_new_class():
    scene = Scene(np.full((2, 3, 3), 100, np.uint8), NAMES, COLORS)

    figure = answer_figure(scene, a_result(), HEADING)

    hover = [trace for trace in figure.data if trace.type == "heatmap"]
    assert hover[2].text.tolist() == [["unchanged", "car", "unchanged"], ["unchanged"] * 3]
    assert {"sky", "road", "car"} <= {trace.name for trace in figure.data}


def test_the_edit_stands_beside_every_random_edit():
    figure = baseline_figure(a_result(), NAMES, COLORS, HEADING)

    bars = [trace for trace in figure.data if trace.type == "bar"]
    dots = [trace for trace in figure.data if trace.type == "scatter" and trace.x[0] is not None]
    assert bars[0].y[0] == pytest.approx(100 / 6)
    assert dict(zip(bars[1].y, bars[1].x, strict=True)) == {"sky": -1, "road": 0, "car": 1}
    assert dots[0].y[0] == pytest.approx(100 * 2 / 6)
    assert dict(zip(dots[1].y, dots[1].x, strict=True)) == {"sky": 2, "road": -2, "car": 0}


def test_a_signed_map_has_a_scale_round_zero_and_a_positive_one_starts_there():
    region = np.zeros((40, 60), bool)
    region[10, 20] = True
    for cells, limits in ((np.array([[-1.0, 3.0]]), (-3, 3)), (np.array([[1.0, 3.0]]), (0, 3))):
        axis = attribution_figure(np.zeros((40, 60, 3), np.uint8), region, cells, "logit", HEADING).layout.coloraxis
        assert (axis.cmin, axis.cmax) == limits


def test_the_outline_lies_round_the_region_and_not_on_it():
    region = np.zeros((40, 60), bool)
    region[10, 20] = True

    assert outline(region).any()
    assert not (outline(region) & region).any()
    assert not outline(np.zeros_like(region)).any()


def test_curves_have_their_controls_on_both_sides():
    weights = np.array([[1.0, 0.0], [0.0, 0.0]])
    result = faithfulness(weights, lambda removed: float((weights * (1 - removed)).sum()), steps=4, seeds=2)

    figure = curves_figure(result, "score", HEADING)

    drawn = [trace for trace in figure.data if trace.hovertemplate]
    assert len(drawn) == 2 * (2 + 1 + 1)
    ours = [trace for trace in drawn if "this map" in trace.hovertemplate]
    assert ours[0].y.tolist() == [1, 0, 0, 0, 0]
    assert ours[1].y.tolist() == [0, 1, 1, 1, 1]


def test_likeness_is_drawn_by_layer():
    maps = [np.array([[1.0, 2.0, 3.0]]), np.array([[3.0, 2.0, 1.0]])]

    figure = randomisation_figure(randomisation(("none", "a.very.long.name.of.a.layer"), maps), HEADING)

    assert list(figure.data[0].x) == ["0. none", "1. …g.name.of.a.layer"]
    assert figure.data[0].y.tolist() == [1.0, -1.0]
