from itertools import pairwise

import numpy as np
import pytest

from models.data import open_data
from models.data.scenes import SceneKnobs, Scenes, draw_scene

SMALL = (96, 192)


def test_splits_share_no_scene():
    sets = [Scenes(split=split, count=1) for split in Scenes.SPLITS]
    # A split holds 1,000,000 scenes at most.
    spans = sorted((data.scene_seed(0), data.scene_seed(999_999)) for data in sets)

    assert all(before[1] < after[0] for before, after in pairwise(spans))
    assert spans[-1][1] < Scenes(split="train", seed=1).scene_seed(0)


def test_the_data_set_has_ids_counts_and_its_scenes():
    data = open_data("scenes", split="val", size=SMALL, knobs={"noise": 0.0})

    assert (len(data), len(Scenes()), len(Scenes(split="test"))) == (100, 2000, 200)
    assert data.ids[12] == data[12].id == "scenes/val/000012"
    drawn = draw_scene(1_000_012, SMALL, SceneKnobs(noise=0.0))
    np.testing.assert_array_equal(data[12].image, drawn.image)
    np.testing.assert_array_equal(data[-88].label, drawn.label)
    with pytest.raises(IndexError):
        data[100]


def test_another_seed_gives_other_scenes_with_other_ids():
    one, other = Scenes(split="val", size=SMALL), Scenes(split="val", size=SMALL, seed=3)

    assert np.any(one[0].image != other[0].image)
    assert other.ids[0] == "scenes/seed-3/val/000000"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": "training"}, r"split of scenes is 'training', must be one of \['train', 'val', 'test'\]"),
        ({"count": 0}, r"count of scenes is 0, must lie in 1\.\.1000000"),
        ({"seed": -1}, r"seed of scenes is -1, must be >= 0"),
        ({"size": (16, 512)}, r"size of a scene is \(16, 512\).*at least \(32, 64\)"),
        ({"knobs": {"noise": -1}}, r"noise is -1"),
    ],
)
def test_options_that_cannot_be_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Scenes(**options)
