import numpy as np
import pytest

from gald_viz.analysis.confused import classes_in, confused_regions, largest_confusion, row_shares

LABEL = np.array([[0, 0, 0, 1], [0, 0, 0, 1], [255, 0, 0, 1]])
ANSWER = np.array([[1, 0, 1, 1], [0, 1, 0, 0], [1, 1, 0, 1]])


def test_the_pixels_of_a_cell_and_their_segments_by_hand():
    found = confused_regions(ANSWER, LABEL, (0, 1))

    # (0, 0) and (2, 0) touch (1, 1) at a corner, (1, 2) lies below it; the ignored pixel is left out.
    assert np.argwhere(found.mask).tolist() == [[0, 0], [0, 2], [1, 1], [2, 1]]
    assert (found.pixels, found.segments, found.labelled) == (4, 1, 8)
    assert found.share == 0.5
    assert (found.boxes[0].pixels, found.boxes[0].x0, found.boxes[0].y1) == (4, 0, 3)


def test_two_segments_that_do_not_touch():
    answer = np.array([[1, 0, 0, 0, 1]] * 2)

    found = confused_regions(answer, np.zeros_like(answer), (0, 1), boxes=1)

    assert (found.segments, found.pixels, len(found.boxes)) == (2, 4, 1)


def test_a_class_without_pixels_has_no_share():
    found = confused_regions(ANSWER, LABEL, (2, 1))

    assert (found.pixels, found.segments, found.boxes) == (0, 0, ())
    assert np.isnan(found.share)
    with pytest.raises(ValueError, match="both at image size"):
        confused_regions(ANSWER[:2], LABEL, (0, 1))


def test_rows_sum_to_one_and_the_largest_mistake_is_off_the_diagonal():
    counts = np.array([[90, 8, 2], [0, 0, 0], [5, 15, 80]])

    np.testing.assert_allclose(row_shares(counts)[[0, 2]], [[0.9, 0.08, 0.02], [0.05, 0.15, 0.8]])
    assert np.isnan(row_shares(counts)[1]).all()
    assert largest_confusion(counts) == (2, 1)
    assert largest_confusion(np.diag([3, 4])) is None
    assert classes_in([np.diag([3, 0, 0]), np.array([[0, 0, 1], [0, 0, 0], [0, 0, 0]])]) == [0, 2]
