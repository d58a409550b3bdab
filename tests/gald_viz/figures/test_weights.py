import numpy as np

from gald_viz.analysis.affinity import PixelAffinity
from gald_viz.figures.sheet import Heading
from gald_viz.figures.weights import weights_figure


def test_cells_carry_weight_and_class_of_the_neighbour():
    weight = np.array([0.05, 0.1, 0.15, 0.02, 0.4, 0.08, 0.1, 0.06, 0.04])
    classes = np.array([-1, 0, 1, 0, 1, 1, 255, 0, 0])
    inside = classes >= 0
    nine = np.arange(9.0)
    result = PixelAffinity((7, 8), (1, 2), nine, nine, weight, inside, classes, 1, 0.63)

    figure = weights_figure(result, ("road", "vegetation"), 0.4, 3, Heading("Pixel", "weights"))

    (grid,) = figure.data
    np.testing.assert_allclose(grid.z, weight.reshape(3, 3))
    np.testing.assert_array_equal(grid.x, [-3, 0, 3])
    assert (grid.zmin, grid.zmax) == (0, 0.4)
    assert grid.text[1][1] == "40.0<br>vegetation"
    assert grid.customdata[0][0] == "outside"
    assert grid.customdata[2][0] == "unlabelled"
    assert figure.layout.yaxis.autorange == "reversed"
