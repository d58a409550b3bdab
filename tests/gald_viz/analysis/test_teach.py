"""The numbers behind the lessons, each worked out another way."""

from itertools import product

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from gald_viz.analysis.atrous import tap_cells, taps_at
from gald_viz.analysis.neighbors import nearest_neighbors
from gald_viz.analysis.teach_affinity import cell_means, equal_shares, own_class_share
from gald_viz.analysis.teach_anchors import anchor_count, attention_to_anchors, grids, one_hot
from gald_viz.analysis.teach_cost import attention_costs
from gald_viz.analysis.teach_map import gap, pushed_away, shuffled
from gald_viz.analysis.teach_mask import gate_steps, profile, widest_row
from gald_viz.analysis.teach_pixels import picked_pixels
from gald_viz.analysis.teach_thickness import recall_by_thickness, thickness
from gald_viz.analysis.teach_tokens import Tokens, tokens_of
from gald_viz.analysis.tokens import softmax_similarity
from models.evaluation.benchmark.attention import explicit_attention
from models.evaluation.cost import block_macs

RANDOM = np.random.default_rng(7)


@pytest.mark.parametrize("rate", [1, 3, 6, 9])
def test_taps_are_those_of_a_real_convolution_of_ones(rate):
    ones = torch.ones(1, 1, 7, 11)
    counted = F.conv2d(ones, torch.ones(1, 1, 3, 3), padding=rate, dilation=rate)

    np.testing.assert_array_equal(taps_at((7, 11), rate), counted[0, 0].numpy())


def test_all_nine_taps_have_the_closed_form():
    assert [(taps_at((65, 65), r) == 9).sum() for r in (6, 18, 33)] == [(65 - 12) ** 2, (65 - 36) ** 2, 0]


def test_the_taps_of_a_filter_are_a_rate_apart_row_by_row():
    rows, columns = tap_cells((5, 2), 3)

    assert rows.tolist() == [2, 2, 2, 5, 5, 5, 8, 8, 8]
    assert columns.tolist() == [-1, 2, 5] * 3


def test_anchors_are_the_squares_of_the_grids():
    assert anchor_count((1, 3, 6, 8)) == 1 + 9 + 36 + 64 == 110
    parts = grids(np.arange(10.0), (1, 3))
    assert [part.shape for part in parts] == [(1, 1), (3, 3)]
    assert parts[1].tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    with pytest.raises(ValueError, match=r"9 values, grids \(1, 3\) have 10"):
        grids(np.zeros(9), (1, 3))


def test_attention_to_anchors_is_the_softmax_of_its_scores():
    query, anchors = RANDOM.normal(size=(4, 2, 3)), RANDOM.normal(size=(4, 5))
    scores = [0.5 * sum(query[c, 1, 2] * anchors[c, s] for c in range(4)) for s in range(5)]

    found = attention_to_anchors(query, anchors, (1, 2), 0.5)

    np.testing.assert_allclose(found, np.exp(scores) / np.exp(scores).sum())


def test_one_hot_leaves_unlabelled_cells_empty():
    assert one_hot(np.array([[0, 2, 255]]), 3)[:, 0].tolist() == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]


def test_costs_are_two_products_for_every_pair_that_is_read():
    costs = attention_costs(np.array([4, 8]), np.array([6, 12]), channels=5, anchors=110, kernel=3)

    assert costs["N x N"].macs.tolist() == [2 * 24**2 * 5, 2 * 96**2 * 5]
    assert costs["criss-cross"].macs.tolist() == [2 * 24 * (4 + 6 - 1) * 5, 2 * 96 * (8 + 12 - 1) * 5]
    assert costs["APNB"].weights.tolist() == [24 * 110, 96 * 110]
    assert costs["k x k"].reads.tolist() == [9, 9]
    with pytest.raises(ValueError, match="kernel 0 must all be >= 1"):
        attention_costs(np.array([4]), np.array([6]), 5, 110, 0)


def test_the_cost_of_all_pairs_is_what_the_operator_is_counted_at():
    class Explicit(nn.Module):
        def forward(self, features):
            return explicit_attention(features, features, features)

    closed = attention_costs(np.array([4]), np.array([6]), 5, 110, 3)["N x N"].macs[0]

    assert block_macs(Explicit, (1, 5, 4, 6)) == closed


def test_picked_pixels_are_counted_by_class_and_distance():
    labels = np.array([[0, 0, 0, 1, 1, 255]])
    picked = np.array([[False, False, True, True, False, True]])

    found = picked_pixels(picked, labels, 3, band=1)

    # Band of one pixel: columns 2 and 3, where 0 meets 1, and 4 and 5, where 1 meets unlabelled.
    assert (found.share, found.in_band, found.in_interior) == (2 / 5, 2 / 3, 0.0)
    np.testing.assert_allclose(found.by_class, [1 / 3, 1 / 2, np.nan])
    assert found.pixels.tolist() == [3, 2, 0]
    with pytest.raises(ValueError, match="both are"):
        picked_pixels(picked, labels.T, 3)


def test_a_gate_step_is_inside_minus_the_ring_around():
    labels = np.zeros((5, 7), dtype=np.int64)
    labels[2, 2:5] = 1
    mask = np.full((2, 5, 7), 0.5)
    mask[1, 2, 2:5] = [0.8, 0.9, 1.0]

    found = gate_steps(mask, labels, ring=1, min_area=3)

    assert found.class_id.tolist() == [0, 1]
    assert found.area.tolist() == [32, 3]
    np.testing.assert_allclose(found.step, [0.0, 0.4])
    assert np.isnan(found.spearman)
    with pytest.raises(ValueError, match="give labels at its cells"):
        gate_steps(mask, labels.T)


def test_a_profile_is_the_row_of_the_widest_run():
    labels = np.array([[1, 0, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]])
    context = np.array([[[0.0] * 4] * 3, [[0.0, 0.5, 1.0, 0.2]] * 3])
    mask = np.full((2, 3, 4), 0.5)

    assert widest_row(labels, 1) == 1
    assert widest_row(labels, 2) is None
    line = profile(context, mask, labels, 1, 1)
    assert line.truth.tolist() == [0, 1, 1, 0]
    np.testing.assert_allclose(line.gated, 1.5 * line.context)


def test_own_class_share_is_the_sum_over_neighbours_of_the_class():
    labels = RANDOM.integers(0, 3, (5, 6))
    affinity = RANDOM.random((9, 5, 6))
    affinity /= affinity.sum(axis=0)
    expected = np.zeros((5, 6))
    for y, x, (n, (dy, dx)) in product(range(5), range(6), enumerate(product((-2, 0, 2), repeat=2))):
        if 0 <= y + dy < 5 and 0 <= x + dx < 6 and labels[y + dy, x + dx] == labels[y, x]:
            expected[y, x] += affinity[n, y, x]

    np.testing.assert_allclose(own_class_share(affinity, labels, 2), expected)
    np.testing.assert_allclose(own_class_share(equal_shares(3, (5, 6)), np.ones((5, 6), int), 1)[1:-1, 1:-1], 1)


def test_cell_means_are_the_means_of_blocks():
    image = RANDOM.integers(0, 255, (4, 6, 3), dtype=np.uint8)

    assert cell_means(image, (2, 3))[1, 1, 2] == pytest.approx(image[2:4, 4:6, 1].mean() / 255)
    with pytest.raises(ValueError, match="must be a multiple"):
        cell_means(image, (3, 3))


def test_thickness_is_the_diameter_of_the_largest_disk():
    labels = np.zeros((9, 12), dtype=np.int64)
    labels[:, 2] = 1
    labels[:, 6:9] = 2

    # The border of the picture ends a region as another class does.
    assert thickness(labels, 3)[0].tolist() == [1, 1, 1, 3, 3, 3, 3, 3, 3, 3, 3, 3]
    assert thickness(np.zeros((4, 4), dtype=np.int64), 1)[0, 0] == 3


def test_recall_is_counted_in_the_bin_of_the_thickness():
    labels = np.zeros((9, 12), dtype=np.int64)
    labels[:, 5] = 1
    labels[0, 0] = 255
    prediction = np.zeros_like(labels)
    prediction[:3, 5] = 1

    found = recall_by_thickness({"own": prediction}, labels, 2, limits=(2,))

    assert found.names() == ["0–2 px", "2+ px"]
    assert found.pixels.tolist() == [9, 9 * 11 - 1]
    np.testing.assert_allclose(found.recall["own"], [1 / 3, 1])
    assert found.between("own", 0, np.inf) == pytest.approx((3 + 98) / 107)
    assert np.isnan(found.between("own", 3, 4))
    with pytest.raises(ValueError, match="own is"):
        recall_by_thickness({"own": prediction.T}, labels, 2)


def test_a_push_moves_the_centre_so_many_times_as_far_and_nothing_within():
    vectors, kinds = RANDOM.normal(size=(20, 6)), np.repeat([0, 1], 10)

    moved = pushed_away(vectors, kinds, 1, 4.0)

    assert gap(moved, kinds, 1) == pytest.approx(4 * gap(vectors, kinds, 1))
    np.testing.assert_allclose(np.diff(moved[10:], axis=0), np.diff(vectors[10:], axis=0))
    np.testing.assert_array_equal(moved[:10], vectors[:10])
    with pytest.raises(ValueError, match="class 5 has 0 of 20"):
        pushed_away(vectors, kinds, 5, 2.0)


def test_a_class_that_is_alone_has_the_same_neighbours_however_far_it_is_pushed():
    # All that UMAP is given: why its map does not change.
    vectors, kinds = RANDOM.normal(size=(24, 6)), np.repeat([0, 1], 12)
    near, far = (nearest_neighbors(pushed_away(vectors + 9 * kinds[:, None], kinds, 1, f), 8) for f in (1, 30))

    np.testing.assert_array_equal(near[0], far[0])
    np.testing.assert_allclose(near[1], far[1], atol=1e-6)


def test_shuffled_channels_keep_their_values():
    vectors = RANDOM.normal(size=(30, 4))

    np.testing.assert_allclose(np.sort(shuffled(vectors), axis=0), np.sort(vectors, axis=0))
    assert not np.allclose(shuffled(vectors), vectors)


def test_tokens_that_trade_places_trade_their_logits_and_nothing_else():
    features = RANDOM.normal(size=(5, 3, 4))
    tokens = Tokens(RANDOM.normal(size=(4, 5)), RANDOM.normal(size=4))
    expected = np.einsum("kc,chw->khw", tokens.weight, features) + tokens.bias[:, None, None]

    np.testing.assert_allclose(tokens.logits(features), expected)
    np.testing.assert_allclose(tokens.turned(1, 3, 1.0).logits(features), expected[[0, 3, 2, 1]])
    half = tokens.turned(1, 3, 0.5).logits(features)
    np.testing.assert_allclose(half[1], half[3])
    np.testing.assert_allclose(tokens.turned(1, 3, 0.0, length=2.0).logits(features)[1], 2 * expected[1])
    with pytest.raises(ValueError, match="share is 2"):
        tokens.turned(1, 3, 2)


def test_the_offset_of_a_linear_classifier_is_what_its_products_leave():
    features, tokens = RANDOM.normal(size=(5, 3, 4)), Tokens(RANDOM.normal(size=(4, 5)), np.arange(4.0))

    np.testing.assert_allclose(tokens_of(tokens.weight, features, tokens.logits(features)).bias, np.arange(4.0))
    with pytest.raises(ValueError, match="no inner products"):
        tokens_of(tokens.weight, features, RANDOM.normal(size=(4, 3, 4)))


def test_rows_of_the_similarity_are_softmaxes_of_products():
    weight = RANDOM.normal(size=(3, 4))
    scores = np.array([[sum(a * b for a, b in zip(i, j, strict=True)) / 2 for j in weight] for i in weight])

    np.testing.assert_allclose(softmax_similarity(weight), np.exp(scores) / np.exp(scores).sum(1, keepdims=True))
