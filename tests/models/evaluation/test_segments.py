import numpy as np
import pytest
from scipy import ndimage

from models.evaluation.segments import segments, squared_boundary_distance


def maps(count=60):
    random = np.random.default_rng(0)
    for _ in range(count):
        yield random.integers(0, 3, random.integers(1, 13, 2))


def test_regions_are_those_of_scipy_one_class_after_the_other():
    for ids in maps():
        found = segments(ids)
        expected, count = np.zeros(ids.shape, int), 0
        for k in np.unique(ids):
            parts, own = ndimage.label(ids == k, np.ones((3, 3)))
            expected[parts > 0] = parts[parts > 0] + count
            count += own

        index = found.index
        assert len(found.pixels) == count
        # As many pairs of numbers as regions: the two numberings say the same.
        assert len(set(zip(index.ravel().tolist(), expected.ravel().tolist(), strict=True))) == count
        np.testing.assert_array_equal(found.class_id[index], ids)
        np.testing.assert_array_equal(found.pixels, np.bincount(index.ravel()))


def test_regions_touch_at_corners_and_count_what_a_mask_holds():
    ids = np.array([[1, 0, 1], [0, 1, 0], [2, 2, 2]])
    found = segments(ids)

    assert len(found.pixels) == 3
    one = found.at(np.array([0]))[0]
    assert found.class_id[one] == 1
    assert found.pixels[one] == 3
    assert found.count(np.array([[1, 1, 0], [0, 1, 0], [0, 0, 0]], bool))[one] == 2
    np.testing.assert_array_equal(found.at(np.arange(9)).reshape(3, 3), found.index)
    np.testing.assert_array_equal(found.spread(found.class_id), ids)


@pytest.mark.parametrize("reach", [1, 3, 12])
def test_distances_are_those_of_scipy_up_to_the_reach(reach):
    random = np.random.default_rng(1)
    for _ in range(20):
        noise = random.normal(size=random.integers(1, 40, 2))
        labels = (ndimage.gaussian_filter(noise, 3) > 0).astype(int)
        edge = np.zeros(labels.shape, bool)
        for y, x in np.ndindex(labels.shape):
            near = [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]
            inside = [(a, b) for a, b in near if 0 <= a < labels.shape[0] and 0 <= b < labels.shape[1]]
            edge[y, x] = any(labels[place] != labels[y, x] for place in inside)
        exact = ndimage.distance_transform_edt(~edge) ** 2 if edge.any() else np.full(labels.shape, 1e6)

        found = squared_boundary_distance(labels, reach)

        np.testing.assert_array_equal(np.minimum(found, reach**2), np.minimum(np.round(exact), reach**2))
