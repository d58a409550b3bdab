import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gald_viz.analysis.error import difference, error_map, image_scores

LABEL = np.array([[0, 0, 0, 0, 1, 1, 1, 255]])
FIRST = np.array([[0, 1, 0, 0, 0, 1, 1, 0]])
SECOND = np.array([[0, 0, 0, 1, 0, 1, 1, 1]])


def test_errors_leave_ignored_pixels_out():
    result = error_map(FIRST, LABEL, ignore_id=255, band_width=1)

    np.testing.assert_array_equal(np.flatnonzero(result.wrong), [1, 4])
    np.testing.assert_array_equal(np.flatnonzero(result.band), [3, 4, 6, 7])
    # Evaluated in the band: 3, 4, 6, wrong 4; in the interior: 0, 1, 2, 5, wrong 1.
    assert result.band_rate == pytest.approx(1 / 3)
    assert result.interior_rate == pytest.approx(1 / 4)
    assert result.errors_in_band == pytest.approx(1 / 2)


def test_rates_without_pixels_are_not_numbers():
    perfect = error_map(LABEL, LABEL, ignore_id=255, band_width=1)
    nothing = error_map(FIRST, np.full_like(LABEL, 255), ignore_id=255)

    assert np.isnan(perfect.errors_in_band)
    assert perfect.band_rate == 0
    assert np.isnan(nothing.band_rate)
    assert np.isnan(nothing.interior_rate)


def test_difference_by_hand():
    result = difference(FIRST, SECOND, LABEL, ignore_id=255)

    np.testing.assert_array_equal(np.flatnonzero(result.fixed), [1])
    np.testing.assert_array_equal(np.flatnonzero(result.broken), [3])
    np.testing.assert_array_equal(np.flatnonzero(result.both_wrong), [4])


ids = arrays(np.int64, (3, 5), elements=st.sampled_from([0, 1, 2]))
labels = arrays(np.int64, (3, 5), elements=st.sampled_from([0, 1, 2, 255]))


@given(ids, ids, labels)
def test_fixed_minus_broken_is_the_gain_in_right_pixels(first, second, label):
    result = difference(first, second, label, ignore_id=255)

    known = label != 255
    gain = int(((second == label) & known).sum()) - int(((first == label) & known).sum())
    assert int(result.fixed.sum()) - int(result.broken.sum()) == gain
    assert not (result.fixed & result.broken).any()
    assert not ((result.fixed | result.broken | result.both_wrong) & ~known).any()


def test_scores_of_one_image():
    result = image_scores(FIRST, LABEL, num_classes=2, ignore_id=255)

    # Class 0: 3 right, one missed, one too many: 3/5. Class 1: 2 right, one missed, one too many: 2/4.
    np.testing.assert_allclose(result.scores.iou, [3 / 5, 2 / 4])
    assert result.scores.pixel_accuracy == pytest.approx(5 / 7)
    assert list(result.boundary.mean_present) == ["3", "5", "9", "12"]


def test_sizes_that_differ_are_refused():
    with pytest.raises(ValueError, match=r"prediction is \(1, 8\), the label is \(2, 2\)"):
        error_map(FIRST, np.zeros((2, 2), int), ignore_id=255)
    with pytest.raises(ValueError, match=r"prediction is \(1, 8\), the label is \(2, 2\)"):
        difference(FIRST, SECOND, np.zeros((2, 2), int), ignore_id=255)


def test_analysis_loads_no_torch():
    modules = ("resize", "regions", "mask", "affinity", "error", "path", "separation", "tokens")
    script = f"import sys, {', '.join(f'gald_viz.analysis.{m}' for m in modules)}; print('torch' in sys.modules)"

    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "False"
