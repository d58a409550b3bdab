"""Planted networks: a sum over pixels of which four of sixteen matter has curves in closed form."""

import numpy as np
import pytest
from scipy import stats

from gald_viz.analysis.faithfulness import (
    evaluations,
    faithfulness,
    prediction_interval,
    randomisation,
    rank_correlation,
    removal,
)

WEIGHTS = np.zeros((4, 4))
WEIGHTS[1:3, 1:3] = 0.25


def linear(removed):
    return float((WEIGHTS * (1 - removed)).sum())


def test_the_areas_of_a_known_map_are_those_of_the_closed_form():
    result = faithfulness(WEIGHTS, linear, steps=8, seeds=40)

    # With m of n pixels that matter the score falls from 1 to 0 over the first m / n: area m / 2n = 1 / 8.
    assert result.deletion.area == pytest.approx(1 / 8)
    assert result.insertion.area == pytest.approx(7 / 8)
    assert result.uniform.area == pytest.approx(1 / 2)
    assert np.mean([curve.area for curve in result.random]) == pytest.approx(1 / 2, abs=0.05)
    low, high = result.interval
    assert result.deletion.area < low < 0.5 < high < result.insertion.area


def test_the_opposite_map_is_the_worst():
    result = faithfulness(-WEIGHTS, linear, steps=8, seeds=2)

    assert result.deletion.area == pytest.approx(7 / 8)
    assert result.insertion.area == pytest.approx(1 / 8)


def test_a_random_curve_read_backwards_is_the_insertion_of_the_order_turned_round():
    order = np.random.default_rng(0).permutation(16).astype(float).reshape(4, 4)

    forwards, turned = (faithfulness(sign * order, linear, steps=8, seeds=0) for sign in (1, -1))

    np.testing.assert_allclose(forwards.deletion.score[::-1], turned.insertion.score)


def test_a_flat_map_is_the_uniform_one():
    result = faithfulness(np.ones((4, 4)), linear, steps=4, seeds=0)

    np.testing.assert_allclose(result.deletion.score, result.uniform.score)
    np.testing.assert_allclose(result.deletion.score, [1, 0.75, 0.5, 0.25, 0])


def test_every_look_is_announced():
    looks = []
    faithfulness(WEIGHTS, lambda removed: looks.append(removed) or 0.0, steps=5, seeds=3)

    assert len(looks) == evaluations(5, 3)


def test_ties_share_what_is_left_and_the_whole_is_the_share():
    importance = np.array([[5.0, 1.0], [1.0, 1.0]])

    np.testing.assert_allclose(removal(importance, 0.25), [[1, 0], [0, 0]])
    np.testing.assert_allclose(removal(importance, 0.5), [[1, 1 / 3], [1 / 3, 1 / 3]])
    for share in (0, 0.1, 0.6, 1):
        assert removal(importance, share).mean() == pytest.approx(share)


def test_the_interval_is_that_of_one_more_normal_draw():
    areas = [0.4, 0.5, 0.6]

    low, high = prediction_interval(areas)

    assert (low + high) / 2 == pytest.approx(0.5)
    assert high - 0.5 == pytest.approx(stats.t.ppf(0.975, 2) * 0.1 * (4 / 3) ** 0.5)
    assert np.isnan(prediction_interval([0.5])).all()


def test_likeness_is_a_correlation_of_ranks_by_hand():
    first = np.array([[1.0, 2.0, -3.0]])

    result = randomisation(("none", "head"), (first, np.array([[10.0, 20.0, 30.0]])))

    assert result.layers == ("none", "head")
    # Ranks 2 3 1 against 1 2 3: 1 - 6 * (1 + 1 + 4) / (3 * 8); of the absolute values the same order.
    np.testing.assert_allclose(result.spearman, [1.0, -0.5])
    np.testing.assert_allclose(result.absolute, [1.0, 1.0])
    assert np.isnan(rank_correlation(first, np.zeros((1, 3))))


def test_what_is_refused_says_why():
    with pytest.raises(ValueError, match="steps is 0"):
        faithfulness(WEIGHTS, linear, steps=0)
    with pytest.raises(ValueError, match="not finite"):
        removal(np.array([[np.nan, 1.0]]), 0.5)
    with pytest.raises(ValueError, match=r"share is 2, must be in \[0, 1\]"):
        removal(WEIGHTS, 2)
    with pytest.raises(ValueError, match="1 layers and 2 maps"):
        randomisation(("a",), (WEIGHTS, WEIGHTS))
