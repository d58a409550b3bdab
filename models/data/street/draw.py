"""A whole scene: camera, light and layout from the seed, then everything into the planes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.data.street.buildings import paint_plots, paint_view_end
from models.data.street.camera import Camera
from models.data.street.canvas import Canvas
from models.data.street.dice import Dice
from models.data.street.furniture import paint_furniture
from models.data.street.ground import paint_ground
from models.data.street.knobs import SceneKnobs
from models.data.street.light import daylight
from models.data.street.people import paint_people
from models.data.street.plan import StreetPlan
from models.data.street.plants import paint_trees
from models.data.street.scene import Scene
from models.data.street.sky import paint_sky
from models.data.street.vehicles import paint_cars, paint_trucks


def draw_street(seed: int, size: tuple[int, int], knobs: SceneKnobs) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Image (H, W, 3) and label (H, W) of one scene."""
    image, label, _ = draw_things(seed, size, knobs)
    return image, label


def draw_things(
    seed: int, size: tuple[int, int], knobs: SceneKnobs
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int16]]:
    """Image (H, W, 3), label (H, W), and the number (H, W) that tells things of one class apart."""
    camera = _camera(Dice(seed, "camera"), size, knobs)
    scene = Scene(seed, camera, Canvas(*size), daylight(Dice(seed, "daylight")), knobs)
    layout = StreetPlan(scene.dice, knobs, camera.offset).fill(scene.light)
    paint_sky(scene)
    paint_ground(scene, layout)
    paint_view_end(scene)
    paint_plots(scene, layout)
    paint_trees(scene, layout)
    paint_trucks(scene, layout)
    paint_cars(scene, layout)
    paint_people(scene, layout)
    paint_furniture(scene, layout)
    image = scene.canvas.image(scene.light, knobs, scene.dice("noise").key())
    return image, scene.canvas.label(), scene.canvas.thing


def _camera(dice: Dice, size: tuple[int, int], knobs: SceneKnobs) -> Camera:
    height, width = size
    free = knobs.variety
    return Camera(
        height=height,
        width=width,
        focal=0.8 * width,
        horizon=height * (knobs.horizon + free * dice.between(-0.06, 0.06)),
        centre=width * (0.5 + free * dice.between(-0.18, 0.18)),
        eye=knobs.camera_height * (1 + free * dice.between(-0.15, 0.15)),
        offset=dice.side() * knobs.road_width / 4,
        bend=0.0016 * knobs.curvature * dice.between(-1, 1),
    )
