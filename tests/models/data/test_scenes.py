import hashlib
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.data.scenes import CLASSES, SceneKnobs, draw_scene

FULL, SMALL = (256, 512), (96, 192)
# Looks that change no pixel's class.
LOOKS = {
    "contrast": 0.5,
    "brightness": 0.6,
    "shadow": 0.0,
    "texture": 0.0,
    "noise": 40.0,
    "haze": 0.7,
    "window_density": 0.1,
    "lookalike": 0.0,
}
NO_LIFE = {f"{kind}_count": 0 for kind in ("car", "truck", "person", "pole", "sign", "light", "tree")}
# Machado, Oliveira, Fernandes 2009, full deficiency, on linear RGB.
COLOR_BLIND = {
    "protan": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "deutan": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
}


def draw(seed: int, size: tuple[int, int] = SMALL, /, **knobs) -> tuple[np.ndarray, np.ndarray]:
    """Image and label."""
    sample = draw_scene(seed, size, SceneKnobs.of(knobs))
    assert sample.label is not None
    return sample.image, sample.label


def share(label: np.ndarray, name: str) -> float:
    return float((label == CLASSES.index(name)).mean())


def pole_runs(**knobs) -> list[int]:
    """Widths of poles in pixels, over some scenes with nothing else on the street."""
    widths = []
    for seed in range(8):
        label = draw(seed, FULL, **{**NO_LIFE, **knobs})[1]
        widths += [width for row in label[::4] for width in runs(row == CLASSES.index("pole"))]
    return widths


def runs(row: np.ndarray) -> list[int]:
    """Lengths of the runs of True that do not touch the border."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(int), [0]])))
    return [int(b - a) for a, b in zip(edges[::2], edges[1::2], strict=True) if a > 0 and b < len(row)]


@pytest.mark.parametrize(
    ("seed", "size", "knobs", "digest"),
    [
        (0, (256, 512), {}, "7a418363c9c8a9c75591f21720929e9a64655111f5cb2fa277bb3d9b471614d4"),
        (1_000_000, (256, 512), {}, "7c855ba3d579b9108753d3348bcefaa45764abb155c84f4fc92a295a16680c23"),
        (
            7,
            (97, 211),
            {"clutter": 2.0, "curvature": 2.0, "noise": 0.0},
            "1eb30fa030932a9b060c87297e062472e04fcce2c684163be73e7edad0f388c2",
        ),
    ],
)
def test_the_same_seed_gives_the_same_pixels_on_any_machine(seed, size, knobs, digest):
    image, label = draw(seed, size, **knobs)

    pixels = image.tobytes() + label.astype(np.uint8).tobytes()
    assert hashlib.sha256(pixels).hexdigest() == digest


@settings(max_examples=15, deadline=None)
@given(height=st.integers(32, 140), width=st.integers(64, 260), seed=st.integers(0, 10**12))
def test_every_size_gives_an_image_and_a_label(height, width, seed):
    image, label = draw(seed, (height, width))

    assert image.shape == (height, width, 3)
    assert image.dtype == np.uint8
    assert label.shape == (height, width)
    assert label.dtype == np.int64
    assert 0 <= label.min() <= label.max() <= 10


def test_the_classes_of_the_issue_in_order():
    assert " ".join(CLASSES.names) == "sky building road pavement vegetation car truck pole sign light person"


def test_class_colours_are_far_apart_for_normal_and_colour_blind_eyes():
    linear = (np.array(CLASSES.colors) / 255) ** 2.2
    for matrix in (np.eye(3), *map(np.array, COLOR_BLIND.values())):
        seen = np.clip(linear @ matrix.T, 0, 1) ** (1 / 2.2) * 255
        assert min(np.abs(a - b).sum() for a, b in combinations(seen, 2)) > 40


def test_every_class_is_in_most_scenes():
    present = np.mean([np.bincount(draw(seed, FULL)[1].ravel(), minlength=11) > 0 for seed in range(12)], axis=0)

    assert present.min() >= 0.7


@pytest.mark.parametrize("knob", LOOKS)
def test_looks_change_the_image_and_never_the_label(knob):
    changed = 0
    for seed in (3, 4):
        (image, label), (other_image, other_label) = draw(seed), draw(seed, **{knob: LOOKS[knob]})
        np.testing.assert_array_equal(label, other_label)
        changed += int((image != other_image).sum())
    assert changed > 0


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("car", ["car"]),
        ("truck", ["truck"]),
        ("person", ["person"]),
        ("tree", ["vegetation"]),
        ("pole", ["pole"]),
        ("sign", ["sign", "pole"]),
        ("light", ["light", "pole"]),
    ],
)
def test_the_pixels_that_a_thing_changes_are_the_pixels_with_its_label(kind, names):
    changed, labelled = 0, 0
    for seed in range(6):
        empty, empty_label = draw(seed, FULL, **NO_LIFE, shadow=0.0)
        full, full_label = draw(seed, FULL, **{**NO_LIFE, f"{kind}_count": 5}, shadow=0.0)
        differs = np.any(empty != full, axis=2)
        fresh = differs & np.isin(full_label, [CLASSES.index(name) for name in names])
        # Not a single pixel outside the label changes: edges of image and label are the same.
        np.testing.assert_array_equal(differs, fresh)
        relabelled = np.not_equal(empty_label, full_label)
        assert not relabelled[~differs].any()
        changed += int(differs.sum())
        labelled += int(relabelled.sum())
    assert labelled > 100
    assert changed >= labelled


@pytest.mark.parametrize("kind", ["car", "truck", "person", "sign", "light"])
def test_a_count_of_zero_leaves_no_pixel_of_the_class(kind):
    with_some = [draw(seed)[1] for seed in range(6)]
    without = [draw(seed, **{f"{kind}_count": 0})[1] for seed in range(6)]

    assert sum(share(label, kind) for label in with_some) > 0
    assert sum(share(label, kind) for label in without) == 0


def test_twice_the_pole_width_gives_poles_twice_as_wide():
    def median_width(metres: float) -> float:
        return float(np.median(pole_runs(pole_count=5, pole_width=metres)))

    assert median_width(0.4) / median_width(0.2) == pytest.approx(2, abs=0.25)


def test_poles_are_a_few_pixels_wide_by_default():
    assert 2 <= np.median(pole_runs(pole_count=4)) <= 4


@pytest.mark.parametrize(
    ("knob", "low", "high", "name"),
    [
        ("sign_size", 0.5, 1.5, "sign"),
        ("light_size", 0.5, 1.5, "light"),
        ("building_height", 5.0, 20.0, "building"),
        ("tree_height", 3.0, 8.0, "vegetation"),
        ("pole_height", 2.0, 5.0, "pole"),
        ("object_scale", 0.5, 1.2, "person"),
        ("road_width", 6.0, 14.0, "road"),
        ("pavement_width", 1.0, 4.0, "pavement"),
        ("greenery", 0.0, 1.0, "vegetation"),
        ("clutter", 0.5, 2.0, "person"),
    ],
)
def test_a_larger_knob_gives_its_class_more_pixels(knob, low, high, name):
    small, large = (sum(share(draw(seed, **{knob: value})[1], name) for seed in range(8)) for value in (low, high))

    assert large > 1.15 * small


def test_the_horizon_stands_where_the_knob_says():
    label = draw(1, (200, 400), **NO_LIFE, variety=0.0, horizon=0.3)[1]

    ground = np.isin(label, [CLASSES.index("road"), CLASSES.index("pavement")])

    # The road is seen from 120 m off: 0.8 * 400 * 1.6 / 122 = 4 pixels under the horizon at row 60.
    assert 59 < np.flatnonzero(ground.any(axis=1))[0] < 66


def test_a_street_without_curvature_vanishes_at_the_centre():
    label = draw(9, (200, 400), **NO_LIFE, variety=0.0, curvature=0.0)[1]

    road = np.equal(label, CLASSES.index("road"))
    first = np.flatnonzero(road.any(axis=1))[0]
    columns = np.flatnonzero(road[first])

    # The camera stands in its lane: the road's middle is within 2 m at 120 m, 5 pixels.
    assert abs(columns.mean() - 200) < 8


def test_without_contrast_everything_is_middle_grey():
    assert set(np.unique(draw(2, contrast=0.0, noise=0.0)[0])) == {128}


def test_noise_stays_within_its_amplitude():
    clean, noisy = (draw(2, noise=value)[0].astype(int) for value in (0.0, 20.0))

    difference = np.abs(noisy - clean)
    assert difference.max() <= 21
    assert difference.max() > 15


def test_brightness_and_shadow_act_on_the_light():
    def mean(**knobs: float) -> float:
        return float(np.mean([draw(seed, noise=0.0, **knobs)[0].mean() for seed in range(4)]))

    assert mean(brightness=0.5) == pytest.approx(mean() / 2, rel=0.1)
    assert mean(shadow=1.0) < mean() < mean(shadow=0.0)


def test_a_lookalike_truck_has_the_colour_of_a_wall():
    def gap(lookalike: float) -> float:
        """How far a truck's mean colour is from the nearest building's, over some scenes."""
        gaps = []
        for seed in range(30):
            image, label = draw(seed, **{**NO_LIFE, "truck_count": 3}, lookalike=lookalike, noise=0.0)
            truck, wall = (np.equal(label, CLASSES.index(name)) for name in ("truck", "building"))
            if truck.sum() > 150:
                hue = [pixels.mean(axis=0) - pixels.mean() for pixels in (image[truck], image[wall])]
                gaps.append(np.abs(hue[0] - hue[1]).sum())
        return float(np.mean(gaps))

    assert gap(1.0) < 0.85 * gap(0.0)


@pytest.mark.parametrize("knob", SceneKnobs.ranges())
def test_every_knob_does_something(knob):
    low, high = SceneKnobs.ranges()[knob]
    ends = [int(low), int(high)] if knob.endswith("_count") else [low, high]

    small, large = ([draw(seed, **{knob: value})[0] for seed in range(3)] for value in ends)

    assert any(np.any(one != other) for one, other in zip(small, large, strict=True))


@pytest.mark.parametrize(
    ("knob", "value", "message"),
    [
        ("pole_width", 0.0, r"pole_width is 0\.0, must lie in 0\.02\.\.1\.0; the default is 0\.1"),
        ("contrast", float("nan"), r"contrast is nan, must lie in"),
        ("car_count", 2.5, r"car_count is 2\.5, must be a whole number in 0\.\.30"),
        ("haze", "thick", r"haze is 'thick', must be a number"),
        ("noise", True, r"noise is True, must be a number"),
    ],
)
def test_knobs_out_of_range_are_refused(knob, value, message):
    with pytest.raises(ValueError, match=message):
        SceneKnobs.of({knob: value})


def test_an_unknown_knob_is_refused_with_those_that_exist():
    assert SceneKnobs.of({"noise": 3}) == SceneKnobs(noise=3)
    with pytest.raises(ValueError, match=r"\['poles'\] do not exist.*pole_count"):
        SceneKnobs.of({"poles": 3})


def test_a_negative_seed_is_refused():
    with pytest.raises(ValueError, match="scene seed is -1, must be >= 0"):
        draw_scene(-1)
