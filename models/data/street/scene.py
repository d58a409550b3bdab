"""What every drawing function gets: the camera, the planes, the light and the knobs of one scene."""

from __future__ import annotations

from dataclasses import dataclass

from models.data.street.camera import Camera
from models.data.street.canvas import Canvas
from models.data.street.dice import Dice
from models.data.street.knobs import SceneKnobs
from models.data.street.light import Light


@dataclass(frozen=True)
class Scene:
    """One scene while it is drawn.

    Attributes:
        seed: of all that is random in it.
        camera: that looks at it.
        canvas: what is painted so far.
        light: sun and sky.
        knobs: sizes, counts and looks.
    """

    seed: int
    camera: Camera
    canvas: Canvas
    light: Light
    knobs: SceneKnobs

    def dice(self, *topic: int | str) -> Dice:
        """Random numbers of one topic, independent of all others."""
        return Dice(self.seed, *topic)
