import numpy as np
import pytest

from gald_viz.figures.anchors import anchor_panels
from gald_viz.figures.marked import Places

PICTURE = np.zeros((4, 8, 3), dtype=np.uint8)


def test_each_grid_is_a_panel_with_its_own_values_and_centres():
    values, places = np.arange(5.0), np.array([[3.5, 1.5, 5.5, 1.5, 5.5], [1.5, 0.5, 0.5, 2.5, 2.5]])
    mark = Places("here", np.array([0.0]), np.array([0.0]))

    one, two = anchor_panels(PICTURE, values, places, (1, 2), (mark,))

    assert [one.title, two.title] == ["1 × 1 anchors", "2 × 2 anchors"]
    np.testing.assert_array_equal(one.cells, [[0]])
    np.testing.assert_array_equal(two.cells, [[1, 2], [3, 4]])
    np.testing.assert_array_equal(two.places[0].x, [1.5, 5.5, 1.5, 5.5])
    np.testing.assert_array_equal(two.places[0].y, [0.5, 0.5, 2.5, 2.5])
    assert two.places[1] is mark


def test_values_of_other_grids_are_refused():
    with pytest.raises(ValueError, match=r"6 values, grids .* have 5 anchors"):
        anchor_panels(PICTURE, np.zeros(6), np.zeros((2, 5)), (1, 2))
