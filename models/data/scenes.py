"""Scenes: generated street scenes with exact labels, the data set that is always there.

It is for teaching and controlled experiments: every size, count and contrast is a knob, and the same seed gives
the same pixels on any machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models.data import DATASETS
from models.data.classes import Sample, SegmentationData
from models.data.street.draw import draw_street
from models.data.street.knobs import SceneKnobs
from models.data.street.palette import CLASSES

__all__ = ["CLASSES", "SceneKnobs", "Scenes", "draw_scene"]

SMALLEST = (32, 64)
SPLIT_SEEDS = {"train": 0, "val": 1_000_000, "test": 2_000_000}
SPLIT_COUNTS = {"train": 2000, "val": 100, "test": 200}
SEEDS_A_SPLIT = 1_000_000
SEEDS_A_SET = 10_000_000


def draw_scene(seed: int, size: tuple[int, int] = (256, 512), knobs: SceneKnobs | None = None) -> Sample:
    """Draw one scene.

    Args:
        seed: which scene, >= 0.
        size: height and width in pixels; the view is the same at every size of the same shape.
        knobs: sizes, clutter and looks; the defaults when not given.

    Shape:
        image (H, W, 3) uint8; label (H, W) int64, 0..10

    Raises:
        ValueError: if the seed is negative or the size below 32x64.
    """
    if seed < 0:
        raise ValueError(f"scene seed is {seed}, must be >= 0; count up from 0.")
    _check_size(size)
    image, label = draw_street(seed, (size[0], size[1]), knobs or SceneKnobs())
    return Sample(image, label, f"scenes/seed/{seed}")


@DATASETS.register("scenes")
class Scenes(SegmentationData):
    """Generated street scenes; no two splits share one.

    Args:
        root: not used, scenes need no files.
        split: ``train``, ``val`` or ``test``.
        count: how many; 2000, 100 and 200 when not given.
        size: height and width in pixels.
        knobs: sizes, clutter and looks, also as a mapping of names to values; the defaults when not given.
        seed: another seed gives other scenes throughout.

    Raises:
        ValueError: if the split does not exist, or the count, size, seed or a knob is out of range.
    """

    SPLITS = tuple(SPLIT_SEEDS)
    needs_root = False
    name = "scenes"
    title = "Scenes (generated)"
    classes = CLASSES

    def __init__(
        self,
        root: object = None,
        split: str = "train",
        count: int | None = None,
        size: tuple[int, int] = (256, 512),
        knobs: SceneKnobs | Mapping[str, float] | None = None,
        seed: int = 0,
    ) -> None:
        if split not in SPLIT_SEEDS:
            raise ValueError(f"split of scenes is {split!r}, must be one of {list(self.SPLITS)}.")
        count = SPLIT_COUNTS[split] if count is None else count
        if not 1 <= count <= SEEDS_A_SPLIT:
            raise ValueError(f"count of scenes is {count}, must lie in 1..{SEEDS_A_SPLIT}.")
        if seed < 0:
            raise ValueError(f"seed of scenes is {seed}, must be >= 0; the default is 0.")
        _check_size(size)
        self.split = split
        self.size = (size[0], size[1])
        self.knobs = knobs if isinstance(knobs, SceneKnobs) else SceneKnobs.of(knobs or {})
        self.seed = seed
        place = f"scenes/{split}" if seed == 0 else f"scenes/seed-{seed}/{split}"
        self.ids = [f"{place}/{index:06d}" for index in range(count)]

    def scene_seed(self, index: int) -> int:
        """Seed that draw_scene() needs for the scene at this index."""
        return self.seed * SEEDS_A_SET + SPLIT_SEEDS[self.split] + index

    def __getitem__(self, index: int) -> Sample:
        name = self.ids[index]
        scene = draw_scene(self.scene_seed(range(len(self))[index]), self.size, self.knobs)
        return Sample(scene.image, scene.label, name)


def _check_size(size: Sequence[int]) -> None:
    if len(size) != 2 or size[0] < SMALLEST[0] or size[1] < SMALLEST[1]:
        raise ValueError(
            f"size of a scene is {tuple(size)}, must be (height, width) of at least {SMALLEST}; "
            "draw it larger and shrink it."
        )
