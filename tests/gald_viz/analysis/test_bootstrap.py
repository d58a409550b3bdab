import numpy as np
import pytest

from gald_viz.analysis import bootstrap
from gald_viz.analysis.bootstrap import paired_bootstrap
from models.evaluation.iou import class_iou, mean_iou


def matrices(seed: int, images: int = 12, classes: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 50, (images, classes, classes))


def slow_bootstrap(a, b, score, resamples, seed):
    """One image after the other, with the images that the function says it draws."""
    random, found = np.random.default_rng(seed), []
    for times in random.multinomial(len(a), np.full(len(a), 1 / len(a)), size=resamples):
        drawn = np.repeat(np.arange(len(a)), times)
        found.append(score(sum(b[i] for i in drawn)) - score(sum(a[i] for i in drawn)))
    return np.array(found)


def test_it_is_the_slow_loop_over_resamples():
    a, b = matrices(1), matrices(2)

    result = paired_bootstrap(a, b, mean_iou, resamples=50, seed=7)

    slow = slow_bootstrap(a, b, mean_iou, 50, 7)
    assert result.difference == pytest.approx(float(mean_iou(b.sum(0)) - mean_iou(a.sum(0))))
    assert result.mean == pytest.approx(slow.mean())
    assert (result.low, result.high) == pytest.approx(tuple(np.percentile(slow, [2.5, 97.5])))
    assert result.defined == 1


def test_a_score_a_class_gives_an_interval_a_class_in_pieces_or_at_once(monkeypatch):
    a, b = matrices(1), matrices(2)

    whole = paired_bootstrap(a, b, class_iou, resamples=40, seed=3, level=0.9)
    monkeypatch.setattr(bootstrap, "_HELD", 100)
    pieces = paired_bootstrap(a, b, class_iou, resamples=40, seed=3, level=0.9)

    slow = slow_bootstrap(a, b, class_iou, 40, 3)
    np.testing.assert_allclose(whole.low, np.percentile(slow, 5, axis=0))
    np.testing.assert_allclose(pieces.low, whole.low)
    np.testing.assert_allclose(pieces.high, whole.high)


def test_two_equal_networks_differ_by_nothing():
    result = paired_bootstrap(matrices(1), matrices(1))

    assert (result.difference, result.low, result.high) == (0, 0, 0)
    assert not result.clear


def test_the_interval_of_a_mean_is_that_of_the_normal_distribution():
    # Each image has 100 pixels and the second network gets 10 +- 4 of them more: the mean of 400 images has a
    # standard error of 4 / 20 = 0.2 pixels, so the interval is 0.100 +- 1.96 * 0.002.
    more = np.random.default_rng(0).normal(10, 4, 400).round().astype(int)
    a = np.stack([np.full(400, 50), np.full(400, 50)], axis=1)
    b = a + np.stack([more, -more], axis=1)

    result = paired_bootstrap(a, b, lambda counts: counts[..., 0] / counts.sum(axis=-1), resamples=4000)

    spread = 1.96 * more.std() / np.sqrt(400) / 100
    assert result.low == pytest.approx(more.mean() / 100 - spread, abs=2e-4)
    assert result.high == pytest.approx(more.mean() / 100 + spread, abs=2e-4)
    assert result.clear


def test_a_class_of_one_image_is_undefined_where_that_is_not_drawn():
    a = np.zeros((3, 2, 2), int)
    a[:, 0, 0] = 10
    a[0, 1, 1] = 10
    b = a.copy()
    b[0, 1] = 5, 5

    result = paired_bootstrap(a, b, class_iou, resamples=2000)

    # Three draws out of three images miss one of them with probability (2/3)^3.
    assert result.defined[1] == pytest.approx(1 - (2 / 3) ** 3, abs=0.04)
    assert result.defined[0] == 1
    assert result.difference[1] == result.low[1] == result.high[1] == pytest.approx(-0.5)


def test_a_class_that_no_image_has_stays_undefined():
    counts = np.zeros((2, 2, 2), int)
    counts[:, 0, 0] = 1

    result = paired_bootstrap(counts, counts, class_iou, resamples=10)

    assert np.isnan([result.difference[1], result.mean[1], result.low[1], result.high[1]]).all()
    assert result.defined[1] == 0


@pytest.mark.parametrize(
    ("a", "b", "options", "message"),
    [
        (matrices(1), matrices(1)[:5], {}, "the same N images"),
        (matrices(1)[:0], matrices(1)[:0], {}, "0 images"),
        (matrices(1), matrices(1), {"resamples": 1}, "resamples is 1"),
        (matrices(1), matrices(1), {"level": 95}, "level 95"),
    ],
)
def test_what_makes_no_sense_is_refused(a, b, options, message):
    with pytest.raises(ValueError, match=message):
        paired_bootstrap(a, b, **options)
