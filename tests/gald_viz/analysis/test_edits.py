import numpy as np
import pytest

from gald_viz.analysis.edits import (
    BASELINES,
    DIRECTIONS,
    PLACES,
    changed_cells,
    edited,
    edits_of,
    painted_cells,
    random_edit,
    relative_size,
)

MAP = edits_of({"kind": "mask"})
AFFINITY = edits_of({"kind": "affinity"})


@pytest.fixture
def mask():
    return np.random.default_rng(0).random((3, 4, 5)).astype(np.float32)


@pytest.fixture
def affinity():
    weights = np.random.default_rng(0).random((9, 4, 5)).astype(np.float32)
    return weights / weights.sum(axis=0)


def test_changing_nothing_returns_the_very_values(mask, affinity):
    assert edited(mask, MAP["nothing"]) is mask
    np.testing.assert_array_equal(edited(mask, MAP["scale"], 1.0), mask)
    assert edited(affinity, AFFINITY["sharpen"], 1.0) is affinity


def test_the_edits_of_a_map(mask):
    np.testing.assert_array_equal(edited(mask, MAP["scale"], 0.5), mask / 2)
    assert (edited(mask, MAP["constant"], 0.25) == 0.25).all()
    means = edited(mask, MAP["mean"])
    for channel in range(3):
        np.testing.assert_allclose(means[channel], mask[channel].mean(), rtol=1e-6)


def test_shuffles_keep_the_values_and_follow_the_seed(mask):
    channels, positions = edited(mask, MAP["channels"], seed=3), edited(mask, MAP["positions"], seed=3)

    assert sorted(map(tuple, channels.reshape(3, -1))) == sorted(map(tuple, mask.reshape(3, -1)))
    assert sorted(map(tuple, positions.reshape(3, -1).T)) == sorted(map(tuple, mask.reshape(3, -1).T))
    np.testing.assert_array_equal(positions, edited(mask, MAP["positions"], seed=3))
    assert (positions != edited(mask, MAP["positions"], seed=4)).any()


def test_an_edited_affinity_stays_a_distribution(affinity):
    for name, kind in AFFINITY.items():
        changed = edited(affinity, kind, 0.5)
        np.testing.assert_allclose(changed.sum(axis=0), 1, rtol=1e-5, err_msg=name)
        assert changed.dtype == np.float32
        assert (changed >= 0).all()


def test_the_edits_of_an_affinity(affinity):
    window = np.arange(9, dtype=np.float32).reshape(9, 1, 1)

    assert edited(affinity, AFFINITY["uniform"])[:, 1, 1].tolist() == pytest.approx([1 / 9] * 9)
    assert edited(affinity, AFFINITY["identity"])[:, 1, 1].tolist() == [0, 0, 0, 0, 1, 0, 0, 0, 0]
    # 0 1 2 / 3 4 5 / 6 7 8, by one column and by one row.
    assert edited(window, AFFINITY["right"]).ravel().tolist() == [2, 0, 1, 5, 3, 4, 8, 6, 7]
    assert edited(window, AFFINITY["down"]).ravel().tolist() == [6, 7, 8, 0, 1, 2, 3, 4, 5]
    squares = affinity.astype(float) ** 2
    np.testing.assert_allclose(edited(affinity, AFFINITY["sharpen"], 0.5), squares / squares.sum(axis=0), rtol=1e-5)


def test_a_branch_is_dropped_and_the_others_stay():
    kinds = edits_of({"kind": "branches", "branches": (("pool", 1), ("rate 6", 2))})
    value = np.ones((3, 2, 2), np.float32)

    assert edited(value, kinds["drop rate 6"])[:, 0, 0].tolist() == [1, 0, 0]
    assert edited(value, kinds["drop pool"])[:, 0, 0].tolist() == [0, 1, 1]


def test_only_the_painted_cells_are_edited(mask):
    where = np.zeros((4, 5), bool)
    where[1, 2] = True

    changed = edited(mask, MAP["constant"], 9e-1, where=where)

    np.testing.assert_array_equal(changed_cells(mask, changed), where)
    np.testing.assert_array_equal(changed[:, ~where], mask[:, ~where])


@pytest.mark.parametrize("baseline", BASELINES)
@pytest.mark.parametrize("kind", ["mask", "affinity"])
def test_a_random_edit_has_the_size_of_the_edit(mask, affinity, kind, baseline):
    value, kinds = (mask, MAP) if kind == "mask" else (affinity, AFFINITY)
    where = np.zeros((4, 5), bool)
    where[:2, :2] = True
    changed = edited(value, kinds["constant" if kind == "mask" else "uniform"], 0.1, where=where)

    drawn = random_edit(value, changed, kind, baseline, seed=1)

    amounts = np.sort(np.abs(changed - value).ravel())
    np.testing.assert_allclose(np.sort(np.abs(drawn - value).ravel()), amounts, atol=1e-6)
    assert relative_size(value, drawn) == pytest.approx(relative_size(value, changed), rel=1e-5)
    assert (np.abs(drawn - changed) > 1e-6).any()
    if kind == "affinity":
        np.testing.assert_allclose(drawn.sum(axis=0), 1, rtol=1e-5)
    if baseline == DIRECTIONS:
        assert not (changed_cells(value, drawn) & ~where).any()


@pytest.mark.parametrize("seed", range(6))
def test_a_moved_edit_never_stays_in_its_place(seed):
    value, changed = np.zeros((1, 2, 3), np.float32), np.zeros((1, 2, 3), np.float32)
    changed[0, 1, 2] = 1

    drawn = random_edit(value, changed, "mask", PLACES, seed)

    assert drawn.sum() == 1
    assert drawn[0, 1, 2] == 0


def test_nothing_edited_is_nothing_random(mask):
    for baseline in BASELINES:
        np.testing.assert_array_equal(random_edit(mask, mask, "mask", baseline, 0), mask)


def test_a_cell_is_painted_when_half_of_it_is():
    region = np.zeros((4, 4), bool)
    region[0, 0] = True
    assert painted_cells(region, (2, 2)).tolist() == [[True, False], [False, False]]  # touched, for want of more
    region[0:2, 2] = True
    assert painted_cells(region, (2, 2)).tolist() == [[False, True], [False, False]]
    assert not painted_cells(np.zeros((5, 7), bool), (2, 3)).any()
    assert painted_cells(np.ones((5, 7), bool), (2, 3)).all()


def test_what_is_refused_says_what_is_allowed(mask):
    with pytest.raises(ValueError, match=r"factor is 3, must be in \[0.0, 2.0\]"):
        edited(mask, MAP["scale"], 3)
    with pytest.raises(ValueError, match="painted_cells"):
        edited(mask, MAP["mean"], where=np.zeros((9, 9), bool))
    with pytest.raises(ValueError, match="baseline is 'x', must be one of"):
        random_edit(mask, mask + 1, "mask", "x", 0)
