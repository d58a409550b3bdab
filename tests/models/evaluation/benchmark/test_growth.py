import math

import numpy as np
import pytest

from models.aggregation import AGGREGATIONS
from models.distribution import DISTRIBUTIONS
from models.evaluation.benchmark.growth import EXPLICIT, Growth, bench_growth, exponent
from models.evaluation.benchmark.local_distribution import PassSize, bench_local_distribution

TINY = ((16, 16), (16, 32), (32, 32))


def test_an_exponent_is_that_of_a_power_law_with_its_interval():
    slope, low, high = exponent([(n, 3.0 * n**1.5) for n in (10, 100, 1000)])
    assert slope == pytest.approx(1.5)
    assert (low, high) == pytest.approx((1.5, 1.5))

    # y = x + noise (1, -1, -1, 1) in logarithms: slope 1, residual variance 4 / 2, sum of squares 5.
    points = [(round(math.e**x * 1e9), math.e ** (x + e)) for x, e in zip(range(4), (1, -1, -1, 1), strict=True)]
    slope, low, high = exponent(points)
    assert slope == pytest.approx(1.0, abs=1e-6)
    assert (high - low) / 2 == pytest.approx(4.3027 * math.sqrt(2 / 5), rel=1e-3)
    assert np.isnan(exponent(points[:2])).all()


def test_every_ga_and_ld_of_the_registries_is_measured():
    result = bench_growth(Growth(TINY, channels=16, window_channels=16), repeats=1)

    names = {fit["operator"] for fit in result["fits"]}
    assert names == {EXPLICIT, *AGGREGATIONS.names(), *DISTRIBUTIONS.names()} - {"none"}
    assert len(result["rows"]) == len(names) * len(TINY)
    memory = {fit["operator"]: fit["memory"] for fit in result["fits"]}
    # At 256 to 1024 positions the N x N matrix outweighs everything else already.
    assert memory[EXPLICIT] > 1.6
    assert memory["cgnl"] == pytest.approx(1, abs=0.1)


def test_a_size_that_would_take_too_long_is_left_out_and_says_so():
    settings = Growth(TINY, channels=16, seconds=0.0, operators=("nonlocal",))

    *measured, last = bench_growth(settings, repeats=1)["rows"]

    assert [row["skipped"] for row in measured] == ["", ""]
    assert "32x32 would take" in last["skipped"]
    assert last["seconds"] is None


def test_what_grows_how_is_asked_of_operators_that_exist():
    with pytest.raises(ValueError, match=r"no operator \['x'\]"):
        bench_growth(Growth(operators=("x",)))
    with pytest.raises(ValueError, match="at least three"):
        Growth(((8, 8), (4, 4), (16, 16)))


def test_ld_is_set_against_the_network_without():
    size = PassSize(128, classes=3, pairs=(("tiny-cgnl-ldv1", "tiny-fcn"), ("tiny-aspp-ldv2", "tiny-fcn")))

    result = bench_local_distribution(size, repeats=1)

    rows = {row["network"]: row for row in result["rows"]}
    assert list(rows) == ["tiny-fcn", "tiny-cgnl-ldv1", "tiny-aspp-ldv2"]
    with_mask = rows["tiny-cgnl-ldv1"]
    assert with_mask["ratio"] == pytest.approx(with_mask["seconds"] / rows["tiny-fcn"]["seconds"])
    assert with_mask["ld_share"] > 0
    assert rows["tiny-aspp-ldv2"]["params_ratio"] > 1.01
    assert rows["tiny-fcn"]["ld_share"] == 0
    with pytest.raises(ValueError, match="side is 64"):
        PassSize(64)
