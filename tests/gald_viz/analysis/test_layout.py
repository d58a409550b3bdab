import numpy as np
import pytest

from gald_viz.analysis.layout import MapChoice, Source, find_pixel, layout
from gald_viz.analysis.separation import sample_cells

SIZE = (8, 8)


@pytest.fixture
def cells():
    label = np.zeros(SIZE, np.int64)
    label[4:] = 1
    return sample_cells([label, label], (4, 4), [0, 1], per_class=12, seed=1)


def source(title, channels=3, seed=0):
    generator = np.random.default_rng(seed)
    return Source(title, "ga.context", tuple(generator.normal(size=(channels, 4, 4)) for _ in range(2)))


def test_the_second_network_stands_in_the_map_of_the_first(cells):
    first = source("first")

    found = layout([first, Source("second", "ga.context", first.features)], cells, [SIZE] * 2, MapChoice(), True)

    np.testing.assert_allclose(found.panels[1].embedding.points, found.panels[0].embedding.points, atol=1e-9)
    assert found.panels[1].reach == 0
    assert np.isnan(found.panels[0].reach) and not found.apart


def test_features_of_another_length_have_a_map_of_their_own_and_it_is_said(cells):
    found = layout([source("first"), source("second", 5, seed=1)], cells, [SIZE] * 2, MapChoice(), True)

    assert found.apart.startswith("second has 5 channels at ga.context and first 3")
    assert np.isnan(found.panels[1].reach)
    assert layout([source("first"), source("second", 5)], cells, [SIZE] * 2, MapChoice()).apart == ""


def test_a_pixel_is_found_in_the_map_and_beside_its_nearest_cell(cells):
    found = layout([source("first")], cells, [SIZE] * 2, MapChoice())
    i = int(np.flatnonzero(cells.image == 1)[0])
    x, y = int(cells.x[i]), int(cells.y[i])

    there = find_pixel(found, 1, (x - 1, y))

    # The pixel beside a cell's centre lies in the same cell of 2 x 2 pixels.
    assert (there.nearest, there.distance) == (i, 1.0)
    np.testing.assert_allclose(there.points[0], found.panels[0].embedding.points[i], atol=1e-6)
    with pytest.raises(ValueError, match=r"image is 2, must be in 0\.\.1"):
        find_pixel(found, 2, (0, 0))
    with pytest.raises(ValueError, match="must be within"):
        find_pixel(found, 0, (8, 0))
