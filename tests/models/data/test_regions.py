from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.data.regions import polygon_mask, region_mask, runs_mask, unpack_runs

COORDINATES = st.integers(-300, 1300).map(lambda hundredth: hundredth / 100)


def inside(x: float, y: float, polygon: list[float]) -> bool:
    """Even-odd rule with a ray to the right, one edge after the other."""
    corners = list(zip(polygon[::2], polygon[1::2], strict=True))
    crossings = 0
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (y0 > y) != (y1 > y):
            crossings += x < x0 + (y - y0) / (y1 - y0) * (x1 - x0)
    return crossings % 2 == 1


def on_an_edge(x: float, y: float, polygon: list[float]) -> bool:
    """Whether a point lies on the line of an edge, where its side is a matter of rounding."""
    corners = np.array(polygon).reshape(-1, 2)
    along, towards = np.roll(corners, -1, axis=0) - corners, np.array([x, y]) - corners
    return bool((np.abs(along[:, 0] * towards[:, 1] - along[:, 1] * towards[:, 0]) < 1e-9).any())


@given(st.lists(COORDINATES, min_size=6, max_size=16).filter(lambda numbers: len(numbers) % 2 == 0))
def test_a_polygon_holds_the_pixels_whose_centres_lie_inside(polygon):
    mask = polygon_mask(polygon, 11, 9)

    for row, column in np.ndindex(11, 9):
        x, y = column + 0.5, row + 0.5
        assert mask[row, column] == inside(x, y, polygon) or on_an_edge(x, y, polygon)


def test_a_rectangle_on_pixel_borders_is_exact():
    mask = polygon_mask([1, 2, 4, 2, 4, 5, 1, 5], 6, 7)

    expected = np.zeros((6, 7), bool)
    expected[2:5, 1:4] = True
    np.testing.assert_array_equal(mask, expected)


def test_a_star_is_empty_in_its_middle_and_the_order_of_corners_does_not_matter():
    angles = np.arange(5) * 4 * np.pi / 5 - np.pi / 2
    star = np.stack([50 + 45 * np.cos(angles), 50 + 45 * np.sin(angles)], axis=1)

    mask = polygon_mask(star.ravel().tolist(), 100, 100)

    assert not mask[50, 50]
    assert mask[15, 50]
    np.testing.assert_array_equal(polygon_mask(star[::-1].ravel().tolist(), 100, 100), mask)


def test_the_area_of_a_large_polygon_is_its_shoelace_area():
    corners = np.array([[20.3, 11.7], [180.9, 40.2], [150.5, 190.1], [90.4, 120.6], [30.8, 160.3]])
    nxt = np.roll(corners, -1, axis=0)
    area = abs((corners[:, 0] * nxt[:, 1] - nxt[:, 0] * corners[:, 1]).sum()) / 2

    assert polygon_mask(corners.ravel().tolist(), 200, 200).sum() == pytest.approx(area, rel=2e-3)


def test_polygons_of_a_region_are_united():
    left, right = [0, 0, 2, 0, 2, 2, 0, 2], [1, 0, 3, 0, 3, 2, 1, 2]

    np.testing.assert_array_equal(region_mask([left, right], 3, 4), [[1, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0]])
    assert not region_mask([], 3, 4).any()


def test_runs_go_down_the_columns():
    np.testing.assert_array_equal(runs_mask([1, 2, 4, 2], 3, 3), [[0, 0, 0], [1, 0, 1], [1, 0, 1]])
    np.testing.assert_array_equal(runs_mask([0, 4], 2, 2), [[1, 1], [1, 1]])


def test_packed_runs_of_cocos_own_tool():
    # Made by pycocotools 2.0.11 from these two masks.
    mask = np.zeros((40, 6), bool)
    mask[3:36, 1] = mask[3:20, 2] = mask[10:12, 3] = mask[0:40, 5] = True
    packed = {"size": [40, 6], "counts": "[1Q17@g0AV1V1"}

    assert unpack_runs("[1Q17@g0AV1V1") == [43, 33, 7, 17, 30, 2, 68, 40]
    np.testing.assert_array_equal(region_mask(packed, 40, 6), mask)
    np.testing.assert_array_equal(region_mask(packed | {"counts": b"[1Q17@g0AV1V1"}, 40, 6), mask)
    assert unpack_runs("623000O") == [6, 2, 3, 2, 3, 2, 2]


def pack(counts: list[int]) -> str:
    """Runs to COCO's text, by its description."""
    text = ""
    for place, count in enumerate(counts):
        number = count - counts[place - 2] if place > 2 else count
        more = True
        while more:
            bits, number = number & 31, number >> 5
            more = number != (-1 if bits & 16 else 0)
            text += chr(48 + bits + 32 * more)
    return text


@given(st.lists(st.integers(0, 10**6), max_size=12))
def test_packed_runs_come_back(counts):
    assert unpack_runs(pack(counts)) == counts


@pytest.mark.parametrize(
    ("region", "message"),
    [
        ({"size": [3, 4], "counts": [12]}, r"region has size \[3, 4\], its image is \[4, 3\]"),
        ({"size": [4, 3], "counts": [3, 3]}, r"runs cover 6 pixels, must be 12 \(4x3\)"),
        ({"size": [4, 3], "counts": [13, -1]}, r"runs cover 12 pixels, must be 12 \(4x3\) and not < 0"),
        ({"size": [4, 3], "counts": "S"}, "packed runs end inside a number"),
        ({"size": [4, 3], "counts": "!"}, "hold the character '!', must be '0' to 'o'"),
        ([[0, 0, 1, 1]], "polygon has 4 numbers, must be x, y of at least three corners"),
        ([[0, 0, 1, 1, 2, 2, 3]], "polygon has 7 numbers"),
        ([0, 0, 1, 1, 2, 2], "no list of polygons and no run lengths"),
        (None, "no list of polygons and no run lengths"),
    ],
)
def test_what_is_no_region_is_refused(region, message):
    with pytest.raises(ValueError, match=message):
        region_mask(region, 4, 3)
