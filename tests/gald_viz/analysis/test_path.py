import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gald_viz.analysis.path import (
    path_name,
    sankey_links,
    stage_changes,
    stage_paths,
    stage_prediction,
    step_boxes,
)
from gald_viz.analysis.regions import Box

# Right and wrong at (FCN, GA, GALD) counts up from 0 to 7, then an ignored pixel.
LABEL = np.array([[1] * 8 + [255]])
FCN = np.array([[0, 0, 0, 0, 1, 1, 1, 1, 1]])
GA = np.array([[0, 0, 1, 1, 0, 0, 1, 1, 1]])
GALD = np.array([[0, 1, 0, 1, 0, 1, 0, 1, 1]])


def test_every_code_by_hand():
    paths = stage_paths((FCN, GA, GALD), LABEL, ignore_id=255)

    np.testing.assert_array_equal(paths.code, [[0, 1, 2, 3, 4, 5, 6, 7, -1]])
    np.testing.assert_array_equal(paths.counts, np.ones(8))
    np.testing.assert_allclose(paths.accuracy, [0.5, 0.5, 0.5])
    assert path_name(0) == "FCN ✗ GA ✗ GALD ✗"
    assert path_name(3) == "FCN ✗ GA ✓ GALD ✓"
    assert path_name(6) == "FCN ✓ GA ✓ GALD ✗"


ids = arrays(np.int64, (4, 6), elements=st.integers(0, 2))
labels = arrays(np.int64, (4, 6), elements=st.sampled_from([0, 1, 2, 255]))


@given(ids, ids, ids, labels)
def test_codes_sum_to_all_labelled_pixels_and_give_each_stages_accuracy(fcn, ga, gald, label):
    paths = stage_paths((fcn, ga, gald), label, ignore_id=255)

    known = label != 255
    assert paths.counts.sum() == known.sum()
    if known.any():
        expected = [(stage == label)[known].mean() for stage in (fcn, ga, gald)]
        np.testing.assert_allclose(paths.accuracy, expected)
    else:
        assert np.isnan(paths.accuracy).all()


@given(ids, ids, ids, labels)
def test_the_sankey_conserves_pixels(fcn, ga, gald, label):
    paths = stage_paths((fcn, ga, gald), label, ignore_id=255)
    links = sankey_links(paths)

    known = label != 255
    into_ga = np.bincount(links.target, weights=links.pixels, minlength=6)[2:4]
    out_of_ga = np.bincount(links.source, weights=links.pixels, minlength=6)[2:4]
    right = ((ga == label) & known).sum()
    np.testing.assert_array_equal(into_ga, [right, known.sum() - right])
    np.testing.assert_array_equal(out_of_ga, into_ga)
    assert set(links.source.tolist()) == {0, 1, 2, 3}
    assert set(links.target.tolist()) == {2, 3, 4, 5}


def test_boxes_find_what_a_step_mends_and_breaks():
    label = np.ones((20, 30), dtype=int)
    fcn, ga, gald = (label.copy() for _ in range(3))
    fcn[2:6, 3:8] = 0  # mended by GA
    ga[10:12, 20:24] = 0  # broken by GA, mended by GALD
    gald[15, 5:7] = 0  # broken by GALD
    paths = stage_paths((fcn, ga, gald), label, ignore_id=255)

    first, second = step_boxes(paths, 0, count=2), step_boxes(paths, 1, count=2)

    assert first.mended == (Box(1, 0, 10, 8, 20),)
    assert first.broken == (Box(18, 8, 26, 14, 8),)
    assert second.mended == first.broken
    assert second.broken == (Box(3, 13, 9, 18, 2),)
    with pytest.raises(ValueError, match="step is 2, must be 0"):
        step_boxes(paths, 2, count=1)


def test_changes_need_no_label():
    changes = stage_changes((FCN, GA, GALD))

    np.testing.assert_array_equal(np.flatnonzero(changes.by_ga), [2, 3, 4, 5])
    np.testing.assert_array_equal(np.flatnonzero(changes.by_gald), [1, 2, 5, 6])


def test_stage_prediction_resizes_logits_before_it_decides():
    # Class 1 overtakes between the cells where 3 - 3t = t, t = 3/4: after pixel 4 of 8, whose share is 0.625.
    logits = np.array([[[3.0, 0.0]], [[0.0, 1.0]]])

    np.testing.assert_array_equal(stage_prediction(logits, (1, 8)), [[0, 0, 0, 0, 0, 1, 1, 1]])


def test_sizes_that_differ_are_refused():
    with pytest.raises(ValueError, match=r"the GA prediction is \(2, 2\).*stage_prediction\(\)"):
        stage_paths((FCN, np.zeros((2, 2), int), GALD), LABEL, ignore_id=255)
