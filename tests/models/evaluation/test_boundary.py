import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from models.evaluation.boundary import (
    TOLERANCES,
    BoundaryScores,
    boundary_f,
    class_outlines,
    disk,
    f_scores,
    radii,
)

IGNORE = 255


def boundary_map(mask):
    """Outline of the one class that a mask shows."""
    return class_outlines(mask.astype(int), np.ones_like(mask), range(1, 2)) == 1


def one_class_f(found, truth, reach):
    """F of the outlines of one class; 1 when it is nowhere, as the means count it."""
    scores = f_scores(found.astype(np.uint8), truth.astype(np.uint8), reach)[0]
    return np.where(np.isnan(scores), 1.0, scores).tolist()


def slow_boundary_map(mask):
    """The protocol pixel by pixel."""
    height, width = mask.shape
    edge = np.zeros_like(mask)
    for y in range(height):
        for x in range(width):
            neighbours = [(y, x + 1), (y + 1, x), (y + 1, x + 1)]
            inside = [mask[v, u] for v, u in neighbours if v < height and u < width]
            edge[y, x] = any(value != mask[y, x] for value in inside)
    return edge


def slow_f(found, truth, radius):
    """The protocol with dilation by a disk."""
    if not found.any() or not truth.any():
        return 1.0 if found.any() == truth.any() else 0.0
    offsets = np.arange(-radius, radius + 1)
    disk = offsets[:, None] ** 2 + offsets**2 <= radius**2
    precision = (found & ndimage.binary_dilation(truth, disk)).sum() / found.sum()
    recall = (truth & ndimage.binary_dilation(found, disk)).sum() / truth.sum()
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@st.composite
def label_pairs(draw):
    """Blobs of up to four classes with ignored pixels, and a prediction that is partly right."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    cell = draw(st.integers(1, 9))
    coarse = rng.choice([0, 1, 2, 3, IGNORE], size=(height // cell + 1, width // cell + 1))
    label = np.kron(coarse, np.ones((cell, cell), int))[:height, :width]
    shift = rng.integers(-4, 5, size=2)
    prediction = np.roll(np.where(label == IGNORE, 0, label), shift, axis=(0, 1))
    return prediction, label


def test_radii_are_shares_of_the_diagonal_rounded_up():
    assert radii((1024, 2048)) == (3, 5, 9, 12)
    assert radii((360, 480)) == (1, 2, 3, 3)
    assert list(TOLERANCES) == ["3", "5", "9", "12"]


def test_boundary_of_a_square_by_hand():
    mask = np.zeros((4, 4), bool)
    mask[1:3, 1:3] = True

    expected = [[1, 1, 1, 0], [1, 0, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0]]
    assert boundary_map(mask).astype(int).tolist() == expected


def test_the_last_row_looks_right_the_last_column_down_and_the_corner_nowhere():
    mask = np.zeros((3, 3), bool)
    mask[2, 2] = True

    expected = [[0, 0, 0], [0, 1, 1], [0, 1, 0]]
    assert boundary_map(mask).astype(int).tolist() == expected


@settings(max_examples=40, deadline=None)
@given(label_pairs())
def test_boundary_map_equals_the_loop_over_pixels(pair):
    mask = pair[1] == 1

    np.testing.assert_array_equal(boundary_map(mask), slow_boundary_map(mask))


@settings(max_examples=100, deadline=None)
@given(label_pairs(), st.integers(0, 14))
def test_matching_step_by_step_equals_dilation_by_disks_bit_for_bit(pair, largest):
    found, truth = (slow_boundary_map(labels == 1) for labels in pair)
    reach = (largest // 3, largest // 2, largest)

    expected = [slow_f(found, truth, radius) for radius in reach]

    assert one_class_f(found, truth, reach) == expected


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 30), st.sampled_from([3, 8, 9, 20, 40, 64, 65, 150])
)
def test_any_number_of_classes_is_matched_as_one_after_the_other(seed, height, width, num_classes):
    rng = np.random.default_rng(seed)
    some = [*rng.integers(0, num_classes, 3), num_classes - 1]
    label = rng.choice([*some, IGNORE], size=(height, width)).astype(np.uint8)
    # Ids that are no class outline nothing.
    prediction = rng.choice([*some, -1, num_classes, 1000], size=(height, width))

    scores = boundary_f(prediction, label, num_classes, IGNORE)

    known, reach = label != IGNORE, radii(label.shape)
    for k in range(num_classes):
        found, truth = (slow_boundary_map((ids == k) & known) for ids in (prediction, label))
        if found.any() or truth.any():
            assert scores[k].tolist() == [slow_f(found, truth, radius) for radius in reach]
        else:
            assert np.isnan(scores[k]).all()


def test_a_disk_holds_its_border_and_starts_in_its_centre():
    assert disk(0) == ((0, 0),)
    assert len(disk(2)) == 13
    assert disk(5)[0] == (0, 0)
    assert (3, 4) in disk(5)
    assert (4, 4) not in disk(5)


@settings(max_examples=40, deadline=None)
@given(st.lists(label_pairs(), min_size=1, max_size=3))
def test_scores_of_a_data_set_equal_the_slow_protocol(pairs):
    scores = BoundaryScores(4, IGNORE)
    slow, present = np.zeros((len(pairs), 4, 4)), np.zeros((len(pairs), 4), bool)
    for image, (prediction, label) in enumerate(pairs):
        scores.add(prediction, label)
        for k in range(4):
            masks = ((prediction == k) & (label != IGNORE), label == k)
            found, truth = (slow_boundary_map(mask) for mask in masks)
            slow[image, k] = [slow_f(found, truth, radius) for radius in radii(label.shape)]
            present[image, k] = found.any() or truth.any()

    result = scores.result()

    np.testing.assert_allclose(result.f, slow.mean(axis=0), rtol=1e-12)
    for k in range(4):
        expected = slow[present[:, k], k].mean(axis=0) if present[:, k].any() else np.full(4, np.nan)
        np.testing.assert_allclose(result.f_present[k], expected, rtol=1e-12)


def test_an_edge_shifted_by_two_pixels_matches_from_radius_two_on():
    label, prediction = np.zeros((10, 10), int), np.zeros((10, 10), int)
    label[:, :4], prediction[:, :6] = 1, 1

    f = one_class_f(boundary_map(prediction == 1), boundary_map(label == 1), (1, 2))

    # The last corner is never a boundary, and columns 3 and 5 do not reach it: every pixel matches or none.
    assert f == [0.0, 1.0]


def test_precision_and_recall_enter_by_their_harmonic_mean():
    found, truth = np.zeros((1, 30), bool), np.zeros((1, 30), bool)
    found[0, [0, 10, 20]], truth[0, [0]] = True, True

    # precision 1/3, recall 1
    assert one_class_f(found, truth, (1,)) == [pytest.approx(0.5)]


def test_ignored_pixels_are_cut_out_of_both_masks_before_boundaries_are_taken():
    label, prediction = np.zeros((8, 8), int), np.zeros((8, 8), int)
    label[:, 4:] = IGNORE
    prediction[:, 5:] = 1
    scores = BoundaryScores(2, IGNORE)

    scores.add(prediction, label)
    result = scores.result()

    # Class 0 ends at the ignored area in both; class 1 lies in it only, so it is absent.
    assert result.f.tolist() == [[1.0] * 4, [1.0] * 4]
    assert np.isnan(result.f_present[1]).all()


def test_means_go_over_images_then_classes_with_and_without_absent_classes():
    empty = np.zeros((20, 20), int)
    half = empty.copy()
    half[:10] = 1
    scores = BoundaryScores(3, IGNORE)

    scores.add(half, half)
    scores.add(half, empty)
    scores.add(empty, empty)
    result = scores.result()

    # Classes 0 and 1: 1, then 0 (an outline in one map only), then 1 (in neither). Class 2 is nowhere.
    np.testing.assert_allclose(result.f[:, 0], [2 / 3, 2 / 3, 1])
    np.testing.assert_allclose(result.f_present[:, 0], [1 / 2, 1 / 2, np.nan])
    assert result.mean == pytest.approx(dict.fromkeys(["3", "5", "9", "12"], 7 / 9))
    assert result.mean_present == pytest.approx(dict.fromkeys(["3", "5", "9", "12"], 1 / 2))


def test_without_any_outline_the_mean_over_present_classes_is_undefined():
    scores = BoundaryScores(2, IGNORE)
    scores.add(np.zeros((4, 4), int), np.zeros((4, 4), int))

    assert all(np.isnan(value) for value in scores.result().mean_present.values())


def test_a_result_needs_an_image():
    with pytest.raises(ValueError, match=r"call add\(\) first"):
        BoundaryScores(2, IGNORE).result()


def test_sizes_that_differ_are_refused():
    with pytest.raises(ValueError, match=r"prediction is \(2, 3\), label is \(3, 2\)"):
        BoundaryScores(2, IGNORE).add(np.zeros((2, 3), int), np.zeros((3, 2), int))
