import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gald_viz.analysis.regions import Box, boundary_band, boundary_distance, class_regions, inmost, largest_boxes

small_maps = arrays(np.int64, st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.integers(0, 2))


def test_distance_counts_from_the_pixels_that_touch_another_label():
    labels = np.array([[0, 0, 0, 1, 1]])

    np.testing.assert_allclose(boundary_distance(labels), [[2, 1, 0, 0, 1]])
    np.testing.assert_array_equal(boundary_band(labels, 2), [[False, True, True, True, True]])


def test_one_label_alone_has_no_boundary():
    assert np.isinf(boundary_distance(np.zeros((3, 3), int))).all()
    assert not boundary_band(np.zeros((3, 3), int), 5).any()


def test_a_band_needs_a_width():
    with pytest.raises(ValueError, match="band width is 0 px, must be >= 1"):
        boundary_band(np.zeros((3, 3), int), 0)


@settings(deadline=None)
@given(small_maps)
def test_distance_equals_a_search_over_all_pixels(labels):
    edge = [
        (y, x)
        for y, x in np.ndindex(*labels.shape)
        if any(
            0 <= y + dy < labels.shape[0] and 0 <= x + dx < labels.shape[1] and labels[y + dy, x + dx] != labels[y, x]
            for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0))
        )
    ]
    expected = [min((np.hypot(y - v, x - u) for v, u in edge), default=np.inf) for y, x in np.ndindex(*labels.shape)]

    np.testing.assert_allclose(boundary_distance(labels).ravel(), expected)


def test_regions_touch_at_corners_and_leave_out_other_ids():
    labels = np.array([[0, 1, 255], [1, 0, 0], [255, 255, 1]])

    regions = class_regions(labels, num_classes=2)

    np.testing.assert_array_equal(regions.class_id, [0, 1, 1])
    np.testing.assert_array_equal(regions.pixels, [3, 2, 1])
    assert (regions.index[labels == 255] == -1).all()
    assert regions.index[0, 0] == regions.index[1, 2]


def test_boxes_hold_the_largest_regions_with_a_margin():
    mask = np.zeros((10, 12), dtype=bool)
    mask[0, 0] = True
    mask[4:6, 5:8] = True
    mask[8, 9:11] = True

    assert largest_boxes(mask, count=2, margin=1) == (Box(4, 3, 9, 7, 6), Box(8, 7, 12, 10, 2))
    assert largest_boxes(mask, count=9, margin=1)[2] == Box(0, 0, 2, 2, 1)
    assert largest_boxes(np.zeros((4, 4), bool), count=3) == ()
    assert largest_boxes(mask, count=0) == ()


def test_the_inmost_pixel_lies_deepest_in_the_largest_region():
    mask = np.zeros((9, 12), dtype=bool)
    mask[1:6, 3:8] = True  # 5 x 5, its middle is row 3, column 5
    mask[8, 11] = True

    assert inmost(mask) == (5, 3)
    assert inmost(np.zeros((3, 3), dtype=bool)) is None
    assert inmost(np.ones((5, 5), dtype=bool)) == (2, 2)
