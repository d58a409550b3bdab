import numpy as np
import pytest

from gald_viz.analysis.decomposition import ERRORS
from gald_viz.views import VIEWS
from tests.gald_viz.conftest import street

VIEW = VIEWS["decomposition"]


def test_numbers_rows_and_pictures_add_up_to_all_errors(make_capture):
    capture, label = make_capture(), street()

    result = VIEW.draw(capture, label, {"radius": 2})

    wrong = int(((capture.prediction != label) & (label != 255)).sum())
    assert [row["kind"] for row in result.rows] == list(ERRORS)
    assert sum(row["pixels"] for row in result.rows) == wrong > 0
    assert sum(number.value for number in result.numbers[1:]) == pytest.approx(wrong / (label != 255).sum())
    main, chart = result.figures
    assert main.layout.title.text.startswith("<b>Kinds of errors of toy")
    assert chart.data[0].y[0] == pytest.approx(100 * result.numbers[0].value)
    legend = {trace.name for trace in main.data}
    assert set(ERRORS) <= legend


def test_a_wider_radius_moves_errors_to_the_shifts_alone(make_capture):
    capture, label = make_capture(), street()

    narrow, wide = (VIEW.draw(capture, label, {"radius": radius}).rows for radius in (0, 12))

    assert narrow[0]["pixels"] == wide[0]["pixels"]
    assert narrow[1]["pixels"] == 0 < wide[1]["pixels"]
    assert all(wide[kind]["pixels"] <= narrow[kind]["pixels"] for kind in (2, 3))


def test_without_a_label_it_says_so(make_capture):
    assert "need a label" in str(VIEW.applies(make_capture(), None))
    perfect = make_capture(prediction=np.where(street() == 255, 0, street()))
    assert all(row["pixels"] == 0 and row["gain"] == 0 for row in VIEW.draw(perfect, street()).rows)
