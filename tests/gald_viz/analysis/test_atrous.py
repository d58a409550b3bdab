from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gald_viz.analysis.atrous import valid_taps


def counted(size: tuple[int, int], rate: int, kernel: int) -> dict[int, float]:
    """Number of valid taps -> share of the positions, tap by tap."""
    height, width = size
    reach = range(-(kernel // 2), kernel // 2 + 1)
    counts: dict[int, int] = {}
    for y, x in product(range(height), range(width)):
        taps = sum(0 <= y + rate * i < height and 0 <= x + rate * j < width for i, j in product(reach, reach))
        counts[taps] = counts.get(taps, 0) + 1
    return {taps: count / (height * width) for taps, count in counts.items()}


@settings(max_examples=40)
@given(
    size=st.tuples(st.integers(1, 15), st.integers(1, 15)),
    rate=st.integers(1, 17),
    kernel=st.sampled_from([1, 3, 5]),
)
def test_it_equals_counting_every_tap(size, rate, kernel):
    expected = counted(size, rate, kernel)

    result = valid_taps(size, [rate], kernel)

    assert result.taps.tolist() == sorted(expected)
    np.testing.assert_allclose(result.share[0], [expected[taps] for taps in sorted(expected)])


@pytest.mark.parametrize(("rate", "taps", "percent"), [(6, 9, 66.5), (12, 9, 39.8), (18, 9, 19.9), (64, 1, 93.9)])
def test_on_the_papers_map_it_is_the_papers_share(rate, taps, percent):
    result = valid_taps((65, 65), range(1, 101))

    assert round(100 * result.at(rate, taps), 1) == percent


def test_from_the_size_of_the_map_on_the_filter_is_its_centre():
    result = valid_taps((65, 65), [64, 65, 100])

    assert result.share[1:, result.taps == 1].tolist() == [[1.0], [1.0]]
    assert result.at(64, 9) == 0.0
    np.testing.assert_allclose(result.share.sum(axis=1), 1)


def test_a_map_with_two_sizes_has_each_axis_on_its_own():
    # Rate 2 on 3 columns leaves 2, 1, 2 taps; on 5 rows 2, 2, 3, 2, 2.
    result = valid_taps((5, 3), [2])

    assert dict(zip(result.taps.tolist(), (15 * result.share[0]).round(9), strict=True)) == {2: 4, 3: 1, 4: 8, 6: 2}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((0, 3), [1]), r"size is \(0, 3\), must be \(height, width\)"),
        (((3, 3), []), r"rates are \(\), give at least one"),
        (((3, 3), [2, 0]), r"rates are \(2, 0\), give at least one, all >= 1"),
        (((3, 3), [1], 2), "kernel is 2, must be odd"),
    ],
)
def test_what_is_no_filter_on_a_map_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        valid_taps(*arguments)


def test_a_rate_that_was_not_asked_for_is_refused():
    with pytest.raises(ValueError, match=r"rate is 7, must be one of \[6, 12\]"):
        valid_taps((65, 65), [6, 12]).at(7, 9)
