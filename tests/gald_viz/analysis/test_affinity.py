import math

import numpy as np
import pytest
from scipy import stats

from gald_viz.analysis.affinity import affinity_maps, affinity_of_pixel, entropy


def made_up(cells=(4, 4), kernel=3, seed=0):
    weights = np.random.default_rng(seed).random((kernel**2, *cells))
    return weights / weights.sum(axis=0)


def test_neighbours_stand_where_the_attention_samples():
    affinity = made_up()
    labels = np.zeros((16, 32), dtype=int)

    result = affinity_of_pixel(affinity, (17, 6), labels, dilation=1)

    # 16 rows on 4 cells: centres at 1.5, 5.5, ...; 32 columns on 4 cells: 3.5, 11.5, ...
    assert result.cell == (1, 2)
    np.testing.assert_allclose(result.x.reshape(3, 3)[0], [11.5, 19.5, 27.5])
    np.testing.assert_allclose(result.y.reshape(3, 3)[:, 0], [1.5, 5.5, 9.5])
    np.testing.assert_allclose(result.weight, affinity[:, 1, 2])
    assert result.inside.all()


def test_shares_follow_the_classes_and_the_map_border():
    affinity = np.zeros((9, 2, 2))
    affinity[:, 0, 0] = np.arange(1, 10) / 45
    labels = np.array([[7, 7, 1, 1], [7, 7, 1, 1], [7, 7, 255, 255], [7, 7, 255, 255]])

    result = affinity_of_pixel(affinity, (0, 0), labels, dilation=1)

    # Inside are only the position (5/45), its right (6/45), lower (8/45) and lower-right (9/45) neighbour.
    assert result.share_outside == pytest.approx((1 + 2 + 3 + 4 + 7) / 45)
    assert result.share_own == pytest.approx((5 + 8) / 45)
    np.testing.assert_array_equal(result.class_id, [-1, -1, -1, -1, 7, 1, -1, 7, 255])
    assert result.own_class == 7


def test_the_position_itself_has_the_class_of_the_pixel_not_of_its_cell():
    affinity = np.full((9, 1, 1), 1 / 9)
    labels = np.zeros((8, 8), dtype=int)
    labels[0, 0] = 3

    result = affinity_of_pixel(affinity, (0, 0), labels, dilation=1)

    assert result.own_class == 3
    assert result.share_own == pytest.approx(1 / 9)


def test_an_ignored_pixel_has_no_own_class():
    result = affinity_of_pixel(made_up(), (0, 0), np.full((8, 8), 255), dilation=2)

    assert np.isnan(result.share_own)


def test_entropy_equals_scipys_and_has_the_known_ends():
    affinity = made_up(kernel=5)

    np.testing.assert_allclose(entropy(affinity), stats.entropy(affinity, axis=0))
    assert entropy(np.full(25, 1 / 25)) == pytest.approx(math.log(25))
    assert entropy(np.eye(25)[12]) == 0


def test_whole_map():
    affinity = made_up(kernel=5)

    maps = affinity_maps(affinity)

    np.testing.assert_array_equal(maps.self_weight, affinity[12])
    np.testing.assert_allclose(maps.entropy[2, 1], stats.entropy(affinity[:, 2, 1]))
    assert maps.max_entropy == pytest.approx(math.log(25))


@pytest.mark.parametrize("shape", [(8, 4, 4), (16, 4, 4), (9, 4)])
def test_an_affinity_without_a_centre_is_refused(shape):
    with pytest.raises(ValueError, match="must be \\(k\\*k, h, w\\)"):
        affinity_maps(np.zeros(shape))
