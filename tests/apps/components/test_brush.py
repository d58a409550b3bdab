import numpy as np
import pytest

from apps.components.brush import BRUSH, LASSO, RECTANGLE, Stroke, painted, read_stroke


def test_a_circle_is_painted_where_the_pointer_was():
    region = painted([Stroke(BRUSH, 2, ((5, 4),))], (9, 11))

    expected = [[(x - 5) ** 2 + (y - 4) ** 2 <= 4 for x in range(11)] for y in range(9)]
    assert region.tolist() == expected


def test_a_way_is_painted_between_its_points_as_by_a_slow_loop():
    region = painted([Stroke(BRUSH, 3, ((2, 2), (20, 8), (20, 15)))], (18, 24))

    ways = (((2, 2), (20, 8)), ((20, 8), (20, 15)))
    points = [np.array(a) + t * (np.array(b) - np.array(a)) for a, b in ways for t in np.linspace(0, 1, 2001)]
    slow = [[min(np.hypot(p[0] - x, p[1] - y) for p in points[::7]) for x in range(24)] for y in range(18)]
    # Where the sampled way is clearly within or beyond the radius.
    assert region[np.array(slow) < 2.99].all()
    assert not region[np.array(slow) > 3.01].any()


def test_a_lasso_holds_what_its_line_goes_round_and_the_line():
    region = painted([Stroke(LASSO, 1, ((1, 1), (5, 1), (5, 4), (1, 4)))], (6, 8))

    assert np.argwhere(region).min(axis=0).tolist() == [1, 1]
    assert np.argwhere(region).max(axis=0).tolist() == [4, 5]
    assert region.sum() == 20
    assert painted([Stroke(LASSO, 1, ((3, 2),))], (6, 8)).sum() == 1


def test_a_rectangle_holds_both_its_corners_whichever_comes_first():
    for points in (((2, 1), (4, 3)), ((4, 3), (9, 9), (2, 1))):
        region = painted([Stroke(RECTANGLE, 1, points)], (6, 8))
        assert np.argwhere(region).min(axis=0).tolist() == [1, 2]
        assert region.sum() == 9


def test_strokes_beyond_the_picture_are_cut_and_none_paints_nothing():
    assert painted([Stroke(BRUSH, 500, ((100, 100),))], (4, 5)).all()
    assert not painted([Stroke(BRUSH, 2, ((-50, -50),))], (4, 5)).any()
    assert not painted([], (4, 5)).any()


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"tool": "knife", "radius": 3, "points": [[1, 2]]},
        {"tool": BRUSH, "radius": 1e9, "points": [[1, 2]]},
        {"tool": BRUSH, "radius": 3, "points": []},
        {"tool": BRUSH, "radius": 3, "points": [[1, 2, 3]]},
        {"tool": BRUSH, "radius": 3, "points": [["x", 2]]},
        {"tool": BRUSH, "radius": 3, "points": [[float("inf"), 2]]},
    ],
)
def test_what_is_no_stroke_is_refused(sent):
    with pytest.raises(ValueError, match="sent no stroke"):
        read_stroke(sent)


def test_a_stroke_is_read_as_it_is_sent():
    assert read_stroke({"tool": BRUSH, "radius": 3, "points": [[1.0, 2.0]]}) == Stroke(BRUSH, 3.0, ((1, 2),))
