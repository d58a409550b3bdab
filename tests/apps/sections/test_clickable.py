import numpy as np

from apps.sections.clickable import dots_of, surroundings
from gald_viz.analysis.affinity import PixelAffinity


def affinity(weight, x, y, inside):
    nine = np.zeros(9, dtype=np.int64)
    return PixelAffinity((0, 0), (0, 0), np.array(x), np.array(y), weight, inside, nine, 0, 0.0)


def grid(left, top, step):
    y, x = np.mgrid[0:3, 0:3] * float(step)
    return (x + left).ravel(), (y + top).ravel()


def test_dots_leave_out_what_lies_outside_and_redden_with_the_weight():
    weight = np.array([0.0, 0.0, 0.0, 0.0, 0.2, 0.0, 0.0, 0.3, 0.5])
    inside = np.ones(9, dtype=bool)
    inside[:3] = False

    dots = dots_of(affinity(weight, *grid(10, -5, 8), inside), limit=0.4, radius=3.0)

    assert len(dots) == 6
    assert [(dot.x, dot.y) for dot in dots[:2]] == [(10.5, 3.5), (18.5, 3.5)]
    # 0.5 lies above the limit, 0.2 is half of it.
    assert [round(dot.opacity, 3) for dot in dots] == [0.4, 0.7, 0.4, 0.4, 0.85, 1.0]
    assert dots[0].color != dots[1].color != dots[5].color


def test_surroundings_hold_the_neighbours_and_stop_at_the_border():
    neighbours = affinity(np.full(9, 1 / 9), *grid(20, 2, 40), np.ones(9, dtype=bool))

    # Neighbours span 20..100 by 2..82; the margin is 15 % of 80, so 12.
    assert surroundings(neighbours, (90, 300)) == (8, 0, 113, 90)
