import numpy as np
import pytest

from gald_viz.analysis.study import (
    CONTRADICTED,
    HOLDS,
    NOT_SEEN,
    UNDECIDED,
    RowCounts,
    summarise,
    verdict,
)

IDS = tuple("abcdefgh")


def row(key: str, right: list[list[int]], published: float | None = None, seeds: tuple[int, ...] = ()) -> RowCounts:
    """Two classes of 100 pixels an image; of each so many are right, by seed and image."""
    hits = np.array(right)
    confusion = np.stack([np.stack([hits, 100 - hits], -1), np.stack([100 - hits, hits], -1)], -2)
    outlines = np.stack([hits / 100] * 2, -1)[..., None].repeat(4, -1)
    numbers = {} if published is None else {"miou": published, "boundary_f_3": published}
    return RowCounts(key, key.upper(), numbers, seeds or tuple(range(len(hits))), IDS, confusion, outlines)


def test_scores_mean_and_spread_are_those_of_the_summed_counts():
    found = summarise([row("a", [[80] * 8, [60] * 8], 70.0)], []).rows[0]

    # IoU = hits / (200 - hits) for both classes.
    assert found.values == pytest.approx([100 * 80 / 120, 100 * 60 / 140])
    assert found.mean == pytest.approx(100 * (80 / 120 + 60 / 140) / 2)
    assert found.spread == pytest.approx(100 * (80 / 120 - 60 / 140) / np.sqrt(2))
    assert (found.published, found.label) == (70.0, "A")


def test_a_difference_is_paired_by_image_and_seed():
    better, worse = row("b", [[81] * 8, [61] * 8, [99] * 8], 80.0), row("a", [[80] * 8, [60] * 8], 70.0)

    claim = summarise([worse, better], [("b", "a"), ("b", "absent")]).claims[0]

    expected = [100 * (81 / 119 - 80 / 120), 100 * (61 / 139 - 60 / 140)]
    assert claim.seeds == (0, 1)
    assert claim.differences == pytest.approx(expected)
    assert claim.difference == pytest.approx(np.mean(expected))
    # Every image says the same, so resampling changes nothing.
    assert (claim.low, claim.high) == pytest.approx((claim.difference, claim.difference))
    assert (claim.published, claim.verdict) == (10.0, HOLDS)


def test_the_interval_is_that_of_resampled_images():
    random = np.random.default_rng(1)
    a, b = random.integers(40, 60, (1, 8)), random.integers(40, 60, (1, 8))

    claim = summarise([row("a", a.tolist()), row("b", b.tolist())], [("b", "a")]).claims[0]

    def iou(hits):
        return 100 * hits.mean(-1) / (200 - hits.mean(-1))

    drawn = random.integers(0, 8, (20_000, 8))
    slow = np.percentile(iou(b[0][drawn]) - iou(a[0][drawn]), [2.5, 97.5])
    assert [claim.low, claim.high] == pytest.approx(slow.tolist(), abs=0.25)


def test_boundary_f_counts_an_absent_class_as_one():
    one = row("a", [[50] * 8])
    one.boundary_f[0, 0, 1] = np.nan

    found = summarise([one], [], "boundary_f_3")

    assert found.rows[0].values == pytest.approx([100 * (0.5 * 15 + 1) / 16])


@pytest.mark.parametrize(
    ("difference", "low", "high", "seeds", "published", "expected"),
    [
        (2.0, 1.0, 3.0, (1.8, 2.2), 3.0, HOLDS),  # half-width 1.0, smaller than the difference
        (2.0, 1.0, 3.0, (1.8, 2.2), -0.6, CONTRADICTED),
        (-0.6, -0.9, -0.3, (-0.5, -0.7), -0.6, HOLDS),
        (-0.6, -0.9, -0.3, (-0.5, -0.7), np.nan, CONTRADICTED),  # nothing printed: the claim is "better"
        (0.1, -0.2, 0.4, (0.2, 0.0), 3.0, NOT_SEEN),
        (0.5, -0.4, 1.4, (0.4, 0.6), 3.0, UNDECIDED),  # half-width 0.9
        (2.0, 1.0, 3.0, (2.0,), 3.0, UNDECIDED),  # one seed
        (0.4, 0.1, 0.7, (1.2, -0.4), 3.0, UNDECIDED),  # the seeds disagree
    ],
)
def test_a_claim_gets_a_verdict_only_where_the_interval_allows_one(difference, low, high, seeds, published, expected):
    assert verdict(difference, low, high, seeds, published) == expected


def test_what_cannot_be_compared_is_refused():
    one = row("a", [[50] * 8])
    with pytest.raises(ValueError, match="0 rows"):
        summarise([], [])
    with pytest.raises(ValueError, match="metric is 'f1', must be 'miou' or one of"):
        summarise([one], [], "f1")
    other = RowCounts("b", "B", {}, (0,), tuple("abcdefgz"), one.confusion, one.boundary_f)
    with pytest.raises(ValueError, match="different images"):
        summarise([one, other], [])
