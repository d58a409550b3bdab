"""What can be set about a generated street scene."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


def _knob(default: float, low: float, high: float) -> Any:
    return field(default=default, metadata={"range": (low, high)})


@dataclass(frozen=True)
class SceneKnobs:
    """Sizes, clutter and looks of a scene; lengths in metres unless a line says otherwise.

    A knob changes what it names and leaves every other thing where it was.

    Args:
        object_scale: factor on the size of all that stands on the street, buildings apart.
        road_width: kerb to kerb.
        pavement_width: kerb to plot.
        building_height: average.
        tree_height: average.
        pole_width: of posts; never drawn thinner than 1.5 pixels at 512 columns.
        pole_pixels: columns of every post whatever its distance, in place of pole_width; 0 for perspective.
        pole_height: of posts.
        sign_size: diameter of a sign.
        sign_pixels: rows of the square that every sign is drawn in whatever its distance, in place of sign_size; 0
            for perspective.
        light_size: height of the housing of a traffic light; a street lamp is as wide.
        car_count: cars at most.
        truck_count: trucks at most.
        person_count: persons at most.
        pole_count: plain poles at most; signs and lights bring their own.
        sign_count: signs at most.
        light_count: traffic lights and street lamps at most.
        tree_count: trees at most.
        clutter: factor on all counts.
        variety: share of a count, and of the camera's freedom, that differs from scene to scene; at 0 each
            count is met as far as there is room.
        occlusion: chance that a car, truck or person stands right behind the one before it.
        greenery: chance that a plot along the street has a hedge and a lawn instead of a building.
        window_density: share of the places for windows that have one.
        lookalike: chance that a truck is painted as the buildings are.
        contrast: factor on the distance of each pixel to middle grey.
        brightness: factor on the light.
        shadow: how much of the light a shadow takes, 0..1.
        texture: factor on the patterns of bricks, asphalt, tiles and leaves.
        noise: largest camera noise, in grey levels.
        haze: how much of a thing at 50 m goes down in the haze, 0..1.
        horizon: row of the horizon as a share of the height, from the top.
        camera_height: above the road.
        curvature: factor on the bend of the road.

    Raises:
        ValueError: if a knob is no number or out of its range.
    """

    object_scale: float = _knob(1.0, 0.25, 4.0)
    road_width: float = _knob(8.0, 4.0, 20.0)
    pavement_width: float = _knob(2.8, 0.5, 10.0)
    building_height: float = _knob(11.0, 3.0, 60.0)
    tree_height: float = _knob(6.0, 1.0, 20.0)
    pole_width: float = _knob(0.1, 0.02, 1.0)
    pole_pixels: int = _knob(0, 0, 64)
    pole_height: float = _knob(4.6, 1.0, 15.0)
    sign_size: float = _knob(0.75, 0.1, 4.0)
    sign_pixels: int = _knob(0, 0, 256)
    light_size: float = _knob(0.95, 0.1, 4.0)
    car_count: int = _knob(5, 0, 30)
    truck_count: int = _knob(2, 0, 10)
    person_count: int = _knob(6, 0, 40)
    pole_count: int = _knob(4, 0, 30)
    sign_count: int = _knob(4, 0, 30)
    light_count: int = _knob(4, 0, 30)
    tree_count: int = _knob(5, 0, 40)
    clutter: float = _knob(1.0, 0.0, 4.0)
    variety: float = _knob(0.6, 0.0, 1.0)
    occlusion: float = _knob(0.3, 0.0, 1.0)
    greenery: float = _knob(0.25, 0.0, 1.0)
    window_density: float = _knob(0.85, 0.0, 1.0)
    lookalike: float = _knob(0.6, 0.0, 1.0)
    contrast: float = _knob(1.0, 0.0, 2.0)
    brightness: float = _knob(1.0, 0.1, 2.0)
    shadow: float = _knob(0.42, 0.0, 1.0)
    texture: float = _knob(1.0, 0.0, 2.0)
    noise: float = _knob(9.0, 0.0, 128.0)
    haze: float = _knob(0.22, 0.0, 0.95)
    horizon: float = _knob(0.44, 0.15, 0.75)
    camera_height: float = _knob(1.6, 0.5, 3.0)
    curvature: float = _knob(1.0, 0.0, 2.0)

    def __post_init__(self) -> None:
        for entry in fields(self):
            value, (low, high) = getattr(self, entry.name), entry.metadata["range"]
            whole = isinstance(entry.default, int)
            if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
                kind = "a whole number" if whole else "a number"
                raise ValueError(f"knob {entry.name} is {value!r}, must be {kind} in {low}..{high}.")
            if not (math.isfinite(value) and low <= value <= high):
                raise ValueError(
                    f"knob {entry.name} is {value}, must lie in {low}..{high}; the default is {entry.default}."
                )

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> SceneKnobs:
        """Knobs from a mapping of names to values, such as a JSON object.

        Raises:
            ValueError: if a name is no knob, listing those that are.
        """
        unknown = sorted(set(values) - set(cls.ranges()))
        if unknown:
            raise ValueError(f"knobs {unknown} do not exist, must be of {list(cls.ranges())}.")
        return cls(**values)

    @classmethod
    def ranges(cls) -> dict[str, tuple[float, float]]:
        """Name -> smallest and largest value, in the order of the fields."""
        return {entry.name: entry.metadata["range"] for entry in fields(cls)}
