"""Three pixel planes that a scene is painted into: what is seen, how bright, how far.

The label and the image are both looked up from the plane of materials, so their edges are the same pixels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.data.street.camera import Patch
from models.data.street.dice import hashed
from models.data.street.knobs import SceneKnobs
from models.data.street.light import Light
from models.data.street.palette import CLASSES, Color


class Canvas:
    """Planes of one scene.

    Attributes:
        material: (H, W) number of a painted colour with a class.
        shade: (H, W) factor on the colour.
        depth: (H, W) metres from the camera, inf where nothing is.
        veil: (H, W) share of the horizon's colour where nothing is.
        thing: (H, W) number of the thing that was painted last, 0 before the first; says which of several cars, signs
            and so on a pixel of such a class is, nothing about a pixel of other classes.
    """

    def __init__(self, height: int, width: int) -> None:
        self.material = np.zeros((height, width), dtype=np.int16)
        self.shade = np.ones((height, width), dtype=np.float32)
        self.depth = np.full((height, width), np.inf, dtype=np.float32)
        self.veil = np.zeros((height, width), dtype=np.float32)
        self.thing = np.zeros((height, width), dtype=np.int16)
        self._things = 0
        self._colors: list[Color] = []
        self._classes: list[int] = []

    def mix(self, color: Color, class_name: str) -> int:
        """Number of a new material with this colour and class."""
        self._colors.append(color)
        self._classes.append(CLASSES.index(class_name))
        return len(self._colors) - 1

    def next_thing(self) -> None:
        """What is painted from here on is another thing: a car, truck, person, sign or light."""
        self._things += 1

    def paint(
        self,
        patch: Patch,
        where: NDArray[np.bool_],
        material: NDArray[np.int16] | int,
        shade: NDArray[np.float32] | float = 1.0,
    ) -> None:
        """Paint the pixels of a patch that are not behind something nearer.

        Args:
            patch: rows and columns (h, w) of the canvas, and their depth.
            where: (h, w) pixels that belong to the thing.
            material: number of its colour, of any shape that broadcasts to (h, w).
            shade: factor on the colour, of any shape that broadcasts to (h, w).
        """
        box = (patch.rows, patch.columns)
        seen = where & (patch.depth <= self.depth[box])
        np.copyto(self.material[box], material, where=seen, casting="same_kind")
        np.copyto(self.shade[box], shade, where=seen, casting="same_kind")
        np.copyto(self.depth[box], patch.depth, where=seen)
        np.copyto(self.thing[box], np.int16(self._things), where=seen)

    def label(self) -> NDArray[np.int64]:
        """Class id of each pixel, (H, W)."""
        return np.array(self._classes, dtype=np.int64)[self.material]

    def image(self, light: Light, knobs: SceneKnobs, noise_key: int) -> NDArray[np.uint8]:
        """Light, haze, contrast and noise put over the painted colours: (H, W, 3).

        Args:
            light: tint and colour of the horizon.
            knobs: haze, brightness, contrast and noise.
            noise_key: the same key makes the same noise.
        """
        table = np.array(self._colors, dtype=np.float32).T * light.tint[:, None]
        planes = np.stack([color[self.material] for color in table])
        planes *= self.shade
        planes += (light.horizon_color[:, None, None] - planes) * self._haze(knobs.haze)
        gain = knobs.brightness * knobs.contrast
        planes *= gain
        planes += 128 - 128 * knobs.contrast
        if knobs.noise:
            planes += _noise(planes.shape[1:], knobs.noise, noise_key)
        np.clip(planes, 0, 255, out=planes)
        return np.ascontiguousarray(planes.astype(np.uint8).transpose(1, 2, 0))

    def _haze(self, at_50_metres: float) -> NDArray[np.float32]:
        empty = np.isinf(self.depth)
        depth = np.where(empty, 1, self.depth)
        clear = 50 * (1 - at_50_metres)
        return np.where(empty, self.veil, depth * at_50_metres / (depth * at_50_metres + clear))


def _noise(shape: tuple[int, ...], amplitude: float, key: int) -> NDArray[np.float32]:
    """(3, H, W) triangular noise in -amplitude..amplitude, mostly common to the three colours."""
    height, width = shape
    bits = hashed(np.arange(height)[:, None], np.arange(width)[None, :], key)
    common = (bits & 255) + (bits >> 8 & 255)
    noise = np.empty((3, height, width), dtype=np.float32)
    for plane, shift in zip(noise, (14, 19, 24), strict=True):
        own = bits >> shift & 255
        plane[...] = common + own
    noise -= 382.5
    noise *= amplitude / 382.5
    return noise
