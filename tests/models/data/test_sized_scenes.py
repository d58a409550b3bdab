"""Scenes with posts and signs of set sizes in pixels."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from models.data import sized_scenes
from models.data.scenes import CLASSES, SceneKnobs, draw_scene
from models.data.sized_scenes import POLE_WIDTHS, SIGN_SIZES, SizedScenes, rolled_sizes, scene_seed

NOTHING = {f"{kind}_count": 0 for kind in ("car", "truck", "person", "pole", "sign", "light", "tree")}
# Whatever the seed rolls: nothing on the street, and few enough things not to hide each other.
POST = {**NOTHING, "variety": 0.0, "pole_count": 1}
SIGNS = {**NOTHING, "variety": 0.0, "sign_count": 1, "pole_pixels": 1}


def runs(row):
    """Lengths of the runs of True that do not touch the border."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(int), [0]])))
    return [int(b - a) for a, b in zip(edges[::2], edges[1::2], strict=True) if a > 0 and b < len(row)]


def label_of(seed, size=(96, 192), **knobs):
    return draw_scene(seed, size, SceneKnobs.of(knobs)).label


@pytest.mark.parametrize("width", [1, 2, 3, 7, 12])
def test_a_row_of_a_post_has_exactly_as_many_pixels_as_the_knob_says(width):
    found = [
        run
        for seed in range(6)
        for size in ((96, 192), (97, 211))
        for row in label_of(seed, size, **POST, pole_pixels=width) == CLASSES.index("pole")
        for run in runs(row)
    ]

    assert len(found) > 60
    assert set(found) == {width}


@pytest.mark.parametrize("size", [5, 9, 15, 16])
def test_a_sign_has_exactly_as_many_rows_as_the_knob_says(size):
    heights = []
    for seed in range(24):
        sign = np.equal(label_of(seed, **SIGNS, sign_pixels=size), CLASSES.index("sign"))
        rows = np.flatnonzero(sign.any(axis=1))
        if len(rows) and not sign[[0, -1]].any() and not sign[:, [0, -1]].any():
            heights.append(int(rows[-1] - rows[0] + 1))

    assert len(heights) > 12
    assert max(heights) == size
    # The tip of a pointed sign falls between the pixels of an even size; now and then a house hides a part.
    assert np.median(heights) >= size - (1 - size % 2)
    assert size % 2 == 0 or np.mean(np.equal(heights, size)) > 0.75


def test_a_width_changes_no_pixel_that_is_no_post():
    thin, wide = (label_of(3, pole_pixels=width, shadow=0.0) for width in (1, 4))
    post = CLASSES.index("pole")

    differs = thin != wide
    assert differs.any()
    assert np.all((thin[differs] == post) | (wide[differs] == post))


def test_zero_pixels_leave_the_size_to_perspective():
    plain, zero = draw_scene(4, (96, 192)), draw_scene(4, (96, 192), SceneKnobs(pole_pixels=0, sign_pixels=0))

    np.testing.assert_array_equal(plain.image, zero.image)


def test_every_size_is_rolled_about_as_often_as_any_other(monkeypatch):
    asked = []

    def remember(_split, _index, pole, sign):
        asked.append((pole, sign))
        return np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2), np.uint8)

    monkeypatch.setattr(sized_scenes, "sized_scene", remember)
    data = SizedScenes(split="train")
    labels = [data[index].label for index in range(len(data))]

    assert labels[0].dtype == np.int64
    for values, rolled in zip((POLE_WIDTHS, SIGN_SIZES), zip(*asked, strict=True), strict=True):
        counts = Counter(rolled)
        assert sorted(counts) == list(values)
        # Binomial: five standard deviations.
        share = 1 / len(values)
        assert all(abs(n - 300 * share) < 5 * (300 * share * (1 - share)) ** 0.5 for n in counts.values())


def test_the_pixels_of_a_sample_are_those_of_the_scene_with_its_sizes():
    sample = SizedScenes(split="val", count=2)[1]

    image = draw_scene(
        scene_seed("val", 1),
        (96, 192),
        SceneKnobs(
            pole_count=6,
            sign_count=6,
            light_count=3,
            car_count=3,
            truck_count=1,
            tree_count=3,
            pole_pixels=rolled_sizes("val", 1)[0],
            sign_pixels=rolled_sizes("val", 1)[1],
        ),
    ).image
    np.testing.assert_array_equal(sample.image, image)


def test_a_count_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"count of sized-scenes is 0, must lie in 1\.\."):
        SizedScenes(count=0)


def test_a_part_of_a_pixel_is_refused():
    with pytest.raises(ValueError, match=r"pole_pixels is 2\.5, must be a whole number in 0\.\.64"):
        SceneKnobs.of({"pole_pixels": 2.5})
