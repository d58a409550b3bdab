"""Numbers of the size response, worked out by hand and by scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from gald_viz.analysis.size_response import (
    FALSE,
    HIT,
    MISSED,
    difference,
    interval,
    outcomes,
    pairs,
    recall_differences,
    scene_rates,
    size_counts,
    spread,
)

RANDOM = np.random.default_rng(5)


def row(network, seed, size, hits, knob="pole"):
    names = ("network", "seed", "knob", "size", "labelled", "answered", "hits")
    return dict(zip(names, (network, seed, knob, size, 10, 20, hits), strict=True))


def test_recall_and_precision_are_hits_over_labelled_and_over_answered():
    rows = [row("fcn", 0, 1, 2), row("fcn", 0, 4, 5), row("ga-whole", 0, 4, 8), row("fcn", 0, 1, 9, knob="sign")]

    counts = size_counts(rows, "pole")

    assert (counts.networks, counts.seeds, counts.sizes) == (("fcn", "ga-whole"), (0,), (1, 4))
    np.testing.assert_allclose(counts.recall, [[[0.2, 0.5]], [[np.nan, 0.8]]])
    np.testing.assert_allclose(counts.precision, [[[0.1, 0.25]], [[np.nan, 0.4]]])


def test_an_interval_is_that_of_a_t_test():
    values = RANDOM.normal(0.1, 0.05, (5, 3))

    found = interval(values)

    for place in range(3):
        limits = stats.ttest_1samp(values[:, place], 0).confidence_interval(0.95)
        np.testing.assert_allclose([found.low[place], found.high[place]], limits)
    np.testing.assert_allclose(found.mean, values.mean(axis=0))
    assert found.seeds == 5


def test_seeds_that_are_missing_are_left_out():
    found = interval(np.array([[0.1, 0.2], [0.3, np.nan], [np.nan, np.nan]]))

    np.testing.assert_allclose(found.mean, [0.2, 0.2])
    assert np.isfinite(found.low[0])
    assert np.isnan(found.low[1])
    assert found.seeds == 1
    assert found.verdict[1] == "undecided"


def test_a_difference_is_decided_when_its_interval_leaves_out_zero():
    values = np.array([[0.1, -0.1, 0.1], [0.11, -0.12, -0.1], [0.12, -0.11, 0.05]])

    assert interval(values).verdict.tolist() == ["more", "less", "undecided"]


def test_differences_are_paired_seed_by_seed():
    # Seeds differ by far more than the networks: unpaired, 0.1 would drown.
    base = np.array([[0.1], [0.5], [0.9]]) * np.ones(7) * 0.5
    gain = np.array([0.1, 0.1, 0.1, 0.0, -0.2, -0.2, -0.2])
    wobble = 0.001 * np.array([[1], [-1], [0]])
    rates = np.stack([base, base + gain + wobble])

    found = difference(rates, ("fcn", "ga-whole"), "ga-whole", "fcn")

    np.testing.assert_allclose(found.by_size.mean, gain, atol=1e-12)
    assert found.by_size.verdict.tolist() == ["more"] * 3 + ["undecided"] + ["less"] * 3
    np.testing.assert_allclose([found.small.mean, found.large.mean, found.gap.mean], [0.1, -0.2, 0.3])
    assert (str(found.small.verdict), str(found.large.verdict)) == ("more", "less")


def test_a_network_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match=r"network is 'psp', the results have \['fcn'\]"):
        difference(np.zeros((1, 2, 3)), ("fcn",), "psp", "fcn")
    with pytest.raises(ValueError, match="there is no row of 'light'"):
        size_counts([row("fcn", 0, 1, 1)], "light")


def test_ga_is_compared_with_fcn_and_bare_head_and_gald_with_ga_of_its_reach():
    assert pairs(("fcn", "head", "ga-third", "gald-third", "gald-whole")) == [
        ("ga-third", "fcn"),
        ("ga-third", "head"),
        ("gald-third", "ga-third"),
    ]
    assert pairs(("ga-third", "gald-third")) == [("gald-third", "ga-third")]


def test_differences_by_pair_are_those_of_recall():
    counts = size_counts(
        [row(n, s, z, h) for n, h in (("fcn", 2), ("ga-x", 5)) for s in (0, 1) for z in (1, 2)], "pole"
    )

    found = recall_differences(counts, [("ga-x", "fcn")])

    np.testing.assert_allclose(found["ga-x", "fcn"].mean, [0.3, 0.3])


def test_spread_is_mean_and_range_over_the_seeds():
    mean, low, high = spread(np.array([[0.2, np.nan], [0.6, np.nan], [0.4, np.nan]]))

    np.testing.assert_allclose([mean[0], low[0], high[0]], [0.4, 0.2, 0.6])
    assert np.isnan([mean[1], low[1], high[1]]).all()


def test_what_is_found_missed_and_made_up():
    label = np.array([[7, 7, 8, 0]])
    answer = np.array([[7, 8, 8, 7]])

    codes = outcomes(answer, label, (7, 8))

    assert codes.tolist() == [[HIT, MISSED, HIT, FALSE]]
    assert scene_rates(answer, label, 7) == (0.5, 0.5)
    assert scene_rates(answer, label, 8) == (1.0, 0.5)
    assert np.isnan(scene_rates(answer, label, 3)).all()
    with pytest.raises(ValueError, match="give both of one scene"):
        outcomes(answer, label[:, :2], (7,))
