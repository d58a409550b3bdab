import numpy as np
import pytest

from gald_viz.analysis.mask import gate_by_class, gate_by_size, mean_mask, most_unlike_channels


def test_gate_is_averaged_by_class_and_by_distance_to_the_boundary():
    gate = np.array([[0.2, 0.4, 0.6, 0.8, 1.0, 0.0]])
    labels = np.array([[0, 0, 0, 2, 2, 2]])

    result = gate_by_class(gate, labels, num_classes=3, band=1)

    np.testing.assert_allclose(result.interior, [0.3, np.nan, 0.5])
    np.testing.assert_allclose(result.boundary, [0.6, np.nan, 0.8])
    np.testing.assert_array_equal(result.interior_pixels, [2, 0, 2])
    np.testing.assert_array_equal(result.boundary_pixels, [1, 0, 1])
    assert result.total_interior == pytest.approx(0.4)
    assert result.total_boundary == pytest.approx(0.7)


def test_ignored_pixels_count_for_no_class():
    result = gate_by_class(np.array([[0.5, 0.9]]), np.array([[1, 255]]), num_classes=2, band=1)

    assert result.boundary[1] == 0.5
    assert result.boundary_pixels.sum() == 1
    assert np.isnan(result.total_interior)


def test_sizes_that_differ_are_refused_with_the_fix():
    for measure in (gate_by_class, gate_by_size):
        with pytest.raises(ValueError, match=r"\(4, 4\), the labels are \(8, 8\).*bilinear\(\)"):
            measure(np.zeros((4, 4)), np.zeros((8, 8), int), num_classes=3)


def test_a_gate_that_grows_with_size_is_correlated_with_it():
    labels = np.zeros((8, 40), dtype=int)
    gate = np.zeros((8, 40))
    # Objects of 1, 10 and 100 px at 0.1, 0.2 and 0.3: linear in the log of the area.
    for left, height, width, value in ((0, 1, 1, 0.1), (4, 2, 5, 0.2), (12, 4, 25, 0.3)):
        labels[2 : 2 + height, left : left + width] = 1
        gate[2 : 2 + height, left : left + width] = value
    labels[labels == 0] = 255

    result = gate_by_size(gate, labels, num_classes=2, min_area=1)

    np.testing.assert_array_equal(np.sort(result.area), [1, 10, 100])
    assert result.pearson == pytest.approx(1.0)
    assert result.spearman == pytest.approx(1.0)
    assert len(gate_by_size(gate, labels, 2, min_area=10).area) == 2
    assert np.isnan(gate_by_size(gate, labels, 2, min_area=10).pearson)


def test_a_constant_gate_has_no_correlation():
    labels = np.array([[0, 1, 1, 2, 2, 2]])

    result = gate_by_size(np.full((1, 6), 0.5), labels, num_classes=3, min_area=1)

    assert np.isnan(result.pearson)
    assert np.isnan(result.spearman)


def test_channels_are_ranked_by_their_distance_to_the_mean():
    mask = np.stack([np.full((2, 2), v) for v in (0.5, 0.6, 1.0, 0.5)])

    np.testing.assert_allclose(mean_mask(mask), 0.65)
    # Distances 0.15, 0.05, 0.35, 0.15; equals stay in order.
    np.testing.assert_array_equal(most_unlike_channels(mask, 4), [2, 0, 3, 1])
    with pytest.raises(ValueError, match=r"count is 5, must be in 1\.\.4"):
        most_unlike_channels(mask, 5)
