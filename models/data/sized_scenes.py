"""Scenes whose posts and signs have sizes in pixels: what a network finds can be told by size."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.data import DATASETS
from models.data.classes import Sample, SegmentationData
from models.data.scenes import CLASSES, SEEDS_A_SPLIT, SPLIT_SEEDS, draw_scene
from models.data.street.dice import Dice
from models.data.street.knobs import SceneKnobs

SIZE = (96, 192)
POLE_WIDTHS = (1, 2, 3, 4, 6, 8, 12)
SIGN_SIZES = (4, 6, 8, 12, 16, 24)
# More of what is measured than on the streets of ``scenes``, and less that hides it.
_STREET = {"pole_count": 6, "sign_count": 6, "light_count": 3, "car_count": 3, "truck_count": 1, "tree_count": 3}
_COUNTS = {"train": 300, "val": 20, "test": 40}
_KEPT = 1000  # drawn scenes: 74 MB


@DATASETS.register("sized-scenes")
class SizedScenes(SegmentationData):
    """Street scenes of 96x192 in each of which all posts have one width and all signs one size.

    Both are rolled anew for each scene, each value as likely as any other: those of POLE_WIDTHS and SIGN_SIZES. No two
    splits share a scene, and none has one of the data set ``scenes``.

    Args:
        root: not used, scenes need no files.
        split: ``train``, ``val`` or ``test``.
        count: how many; 300, 20 and 40 when not given.

    Raises:
        ValueError: if the split does not exist or the count is out of range.
    """

    SPLITS = tuple(SPLIT_SEEDS)
    needs_root = False
    name = "sized-scenes"
    title = "Scenes, sizes in pixels"
    classes = CLASSES

    def __init__(self, root: object = None, split: str = "train", count: int | None = None) -> None:
        if split not in SPLIT_SEEDS:
            raise ValueError(f"split of sized-scenes is {split!r}, must be one of {list(self.SPLITS)}.")
        count = _COUNTS[split] if count is None else count
        if not 1 <= count <= SEEDS_A_SPLIT:
            raise ValueError(f"count of sized-scenes is {count}, must lie in 1..{SEEDS_A_SPLIT}.")
        self.split = split
        self.ids = [f"sized-scenes/{split}/{index:06d}" for index in range(count)]

    def __getitem__(self, index: int) -> Sample:
        number = range(len(self))[index]
        image, label = sized_scene(self.split, number, *rolled_sizes(self.split, number))
        return Sample(image, label.astype(np.int64), self.ids[number])


@lru_cache(maxsize=_KEPT)
def sized_scene(split: str, index: int, pole: int, sign: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A scene of a split with posts so many columns wide and signs so many rows high; do not write into it.

    A study trains dozens of networks on the same scenes in one process, so they are kept.

    Args:
        split: of the scenes.
        index: in the split.
        pole: columns of every post.
        sign: rows of every sign.

    Shape:
        image (H, W, 3), label (H, W)

    Raises:
        ValueError: if a size is out of the knob's range.
    """
    knobs = SceneKnobs.of(_STREET | {"pole_pixels": pole, "sign_pixels": sign})
    drawn = draw_scene(scene_seed(split, index), SIZE, knobs)
    return drawn.image, np.asarray(drawn.label, dtype=np.uint8)


def rolled_sizes(split: str, index: int) -> tuple[int, int]:
    """Width of the posts and size of the signs of a scene of the data set."""
    dice = Dice(scene_seed(split, index), "sizes")
    return dice.pick(POLE_WIDTHS), dice.pick(SIGN_SIZES)


def scene_seed(split: str, index: int) -> int:
    """Seed that draw_scene() needs for this scene."""
    # The other end of what the splits of ``scenes`` use.
    return SPLIT_SEEDS[split] + SEEDS_A_SPLIT - 1 - index
