from itertools import product

import numpy as np
import pytest

from gald_viz.analysis.teach_affinity import colour_operands
from gald_viz.probes.attention_time import attention_seconds, attentions
from gald_viz.probes.parts import average_gate, hard_pixels, local_affinity, sampled_anchors, window_average
from models.distribution.window import Window

RANDOM = np.random.default_rng(3)


def test_anchors_are_the_means_of_the_cells_of_each_grid():
    maps = RANDOM.normal(size=(2, 6, 12))
    expected = [maps.mean(axis=(1, 2))] + [
        maps[:, 2 * y : 2 * y + 2, 4 * x : 4 * x + 4].mean(axis=(1, 2)) for y, x in product(range(3), repeat=2)
    ]

    np.testing.assert_allclose(sampled_anchors(maps, (1, 3)), np.transpose(expected), rtol=1e-5, atol=1e-6)


def test_random_anchors_are_positions_of_the_map_and_the_same_every_time():
    maps = np.arange(72.0).reshape(1, 6, 12)

    found = sampled_anchors(maps, (1, 3, 6, 8), "random")

    assert found.shape == (1, 110)
    assert set(found[0]) <= set(range(72))
    np.testing.assert_array_equal(found, sampled_anchors(maps, (1, 3, 6, 8), "random"))


@pytest.mark.parametrize(("threshold", "least"), [(0.7, 1), (0.05, 20), (0.9, 3), (0.3, 1000)])
def test_ohem_keeps_what_a_slow_loop_keeps(threshold, least):
    logits, labels = 3 * RANDOM.normal(size=(4, 6, 8)).astype(np.float32), RANDOM.integers(0, 4, (6, 8))
    labels[0, :3] = 255
    truth = {}
    for y, x in product(range(6), range(8)):
        if labels[y, x] != 255:
            powers = np.exp(logits[:, y, x].astype(float))
            truth[y, x] = powers[labels[y, x]] / powers.sum()
    limit = max(threshold, sorted(truth.values())[least - 1]) if least <= len(truth) else 1.0

    losses, kept = hard_pixels(logits, labels, threshold, least)

    assert {tuple(place) for place in np.argwhere(kept).tolist()} == {p for p, v in truth.items() if v <= limit + 1e-7}
    assert losses[2, 5] == pytest.approx(-np.log(truth[2, 5]), rel=1e-4)
    assert np.isnan(losses[0, :3]).all()


def test_without_any_label_nothing_is_kept():
    losses, kept = hard_pixels(np.zeros((2, 3, 3)), np.full((3, 3), 255), 0.7, 1)

    assert not kept.any()
    assert np.isnan(losses).all()


def test_the_gate_of_a_constant_map_is_its_sigmoid_and_never_below_one_half():
    np.testing.assert_allclose(average_gate(np.full((2, 16, 16), 0.4), 3), 1 / (1 + np.exp(-0.4)), rtol=1e-5)
    np.testing.assert_allclose(average_gate(np.full((1, 16, 16), -2.0), 2), 0.5)


def test_a_window_average_leaves_out_what_lies_outside():
    maps = np.arange(12.0).reshape(1, 3, 4)

    found = window_average(maps, 3)

    assert found[0, 0, 0] == pytest.approx(maps[0, :2, :2].mean())
    assert found[0, 1, 2] == pytest.approx(maps[0, :3, 1:4].mean())
    with pytest.raises(ValueError, match="window is 2, must be odd"):
        window_average(maps, 2)


def test_the_affinity_of_a_constant_field_is_uniform():
    field = np.ones((3, 7, 9))

    inner = local_affinity(field, field, Window(3, 2, "exclude"))
    np.testing.assert_allclose(inner[:, 2:-2, 2:-2], 1 / 9, rtol=1e-5)
    np.testing.assert_allclose(local_affinity(field, 5 * field, Window(5, 1), scale=0.0), 1 / 25, rtol=1e-5)


def test_colours_make_the_weights_of_a_bilateral_filter():
    colours, beta = RANDOM.random((3, 5, 6)), 7.0
    found = local_affinity(*colour_operands(colours, beta), Window(3, 1, "exclude"))

    weights = np.array(
        [np.exp(-beta * np.square(colours[:, 2, 3] - colours[:, 2 + dy, 3 + dx]).sum()) for dy, dx in OFFSETS]
    )
    np.testing.assert_allclose(found[:, 2, 3], weights / weights.sum(), rtol=1e-4)


OFFSETS = list(product((-1, 0, 1), repeat=2))


def test_every_attention_is_timed_and_keeps_the_shape():
    seconds = attention_seconds((4, 6), 8, (1, 2), Window(3, 1), repeats=1)

    assert list(seconds) == list(attentions(8, (1, 2), Window(3, 1))) == ["N x N", "axial", "APNB", "k x k"]
    assert min(seconds.values()) > 0
    with pytest.raises(ValueError, match="repeats is 0"):
        attention_seconds((4, 6), 8, (1, 2), Window(3, 1), repeats=0)
