"""Cars and trucks as boxes of two faces: the one toward the camera and the one toward the road's middle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.data.street.buildings import wall_color
from models.data.street.camera import upright
from models.data.street.dice import Dice, line_noise
from models.data.street.layout import Layout, Vehicle
from models.data.street.palette import CAR_PAINTS, TRUCK_PAINTS, Color, mixed, scaled
from models.data.street.scene import Scene

GLASS = (58, 68, 80)
TYRE = (34, 34, 36)


@dataclass(frozen=True)
class _Paints:
    """Material numbers of one vehicle."""

    body: int
    second: int
    glass: int
    dark: int
    lamp: int
    plate: int


@dataclass(frozen=True)
class _Face:
    """One side of a vehicle in shares of its size.

    Attributes:
        along: (1, w) 0 at the tail .. 1 at the nose; across a short end 0..1.
        level: (h, w) 0 at the road .. 1 at the top.
        stretch: length of the face over its height.
        vehicle: whose face it is.
        paints: its materials.
    """

    along: NDArray[np.floating]
    level: NDArray[np.floating]
    stretch: float
    vehicle: Vehicle
    paints: _Paints


# inside (h, w), material (h, w), brightness (h, w)
Painted = tuple[NDArray[np.bool_], NDArray[np.int16], NDArray[np.floating]]
Painter = Callable[[Scene, _Face], Painted]


def paint_cars(scene: Scene, layout: Layout) -> None:
    """Paint every car."""
    for car in layout.cars:
        scene.canvas.next_thing()
        dice = scene.dice("car paint", car.index)
        color = scaled(dice.pick(CAR_PAINTS), dice.between(0.85, 1.1))
        paints = _paints(scene, "car", (color, scaled(color, 0.86)), car.heading)
        _paint_faces(scene, car, paints, (_car_side, _car_end))


def paint_trucks(scene: Scene, layout: Layout) -> None:
    """Paint every truck."""
    for truck in layout.trucks:
        scene.canvas.next_thing()
        dice = scene.dice("truck paint", truck.index)
        color = scaled(dice.pick(TRUCK_PAINTS), dice.between(0.9, 1.08))
        plot = dice.pick([plot for plot in layout.plots if not plot.green] or layout.plots)
        if dice.chance(scene.knobs.lookalike):
            color = wall_color(scene, plot.side, plot.index)
        second = mixed(color, dice.pick(((240, 238, 230), (70, 84, 100), (60, 60, 64))), dice.between(0.3, 0.8))
        paints = _paints(scene, "truck", (color, second), truck.heading)
        _paint_faces(scene, truck, paints, (_truck_side, _truck_end))


def _paints(scene: Scene, kind: str, colors: tuple[Color, Color], heading: int) -> _Paints:
    mix = scene.canvas.mix
    lamp = (190, 36, 32) if heading == 1 else (244, 238, 206)
    return _Paints(
        body=mix(colors[0], kind),
        second=mix(colors[1], kind),
        glass=mix(mixed(GLASS, tuple(scene.light.horizon_color.tolist()), 0.15), kind),
        dark=mix(TYRE, kind),
        lamp=mix(lamp, kind),
        plate=mix((226, 222, 206), kind),
    )


def _paint_faces(scene: Scene, vehicle: Vehicle, paints: _Paints, painters: tuple[Painter, Painter]) -> None:
    left, right = vehicle.x - vehicle.across / 2, vehicle.x + vehicle.across / 2
    facing = -1 if vehicle.x > scene.camera.offset else 1
    x, far = (left if facing < 0 else right), vehicle.z + vehicle.deep
    receding = upright(scene.camera, (x, vehicle.z), (x, far), vehicle.height)
    fronting = upright(scene.camera, (left, vehicle.z), (right, vehicle.z), vehicle.height)
    faces = ((receding, vehicle.deep, facing), (fronting, vehicle.across, 0))
    # What crosses the street shows its long side in front.
    order = painters[::-1] if vehicle.heading == 0 else painters
    for (patch, length, toward), painter in zip(faces, order, strict=True):
        if patch is None:
            continue
        along = patch.along / length
        if vehicle.heading < 0:
            along = 1 - along
        level = patch.up / vehicle.height
        face = _Face(along, level, length / vehicle.height, vehicle, paints)
        inside, material, gloss = painter(scene, face)
        light = scene.light.on_side(toward)
        scene.canvas.paint(patch, inside & patch.inside, material, gloss * light)


def _car_side(scene: Scene, face: _Face) -> Painted:
    along, level = face.along, face.level
    roof = np.minimum((along - 0.08) * 2.5, (0.8 - along) * 1.8)
    roof = np.minimum(roof + 0.6, 1)
    body = 0.63 - 0.07 * along
    wheels, hubs = _wheels(face, (0.19, 0.81), 0.21)
    inside = ((level < np.maximum(roof, body)) & (level > 0.17)) | wheels
    pillar = np.abs(along - 0.45) < 0.015
    glass = (level > 0.65) & (level < roof - 0.07) & ~pillar
    material = _filled(level, face.paints.body)
    np.copyto(material, face.paints.second, where=level < 0.3)
    np.copyto(material, face.paints.glass, where=glass)
    np.copyto(material, face.paints.dark, where=wheels)
    np.copyto(material, face.paints.second, where=hubs)
    return inside, material, _gloss(level)


def _car_end(scene: Scene, face: _Face) -> Painted:
    level, middle = face.level, np.abs(face.along * 2 - 1)
    slope = np.maximum(level - 0.6, 0)
    body = (level > 0.17) & (middle < 1 - slope * 0.7)
    tyres = (middle > 0.64) & (middle < 0.95) & (level < 0.25)
    glass = _between(level, 0.65, 0.93) & (middle < 0.87 - slope * 0.8)
    coming = face.vehicle.heading < 0
    grille = _between(level, 0.34, 0.45) & (middle < (0.5 if coming else 0.0))
    plate = _between(level, 0.26 if coming else 0.36, 0.33 if coming else 0.44) & (middle < 0.22)
    lamps = _between(level, 0.45, 0.56) & _between(middle, 0.7, 0.97)
    material = _filled(level, face.paints.body)
    np.copyto(material, face.paints.second, where=level < 0.32)
    np.copyto(material, face.paints.glass, where=glass)
    np.copyto(material, face.paints.dark, where=tyres | grille)
    np.copyto(material, face.paints.plate, where=plate)
    np.copyto(material, face.paints.lamp, where=lamps)
    return body | tyres, material, _gloss(level)


def _truck_side(scene: Scene, face: _Face) -> Painted:
    along, level, dice = face.along, face.level, scene.dice("truck side", face.vehicle.index)
    box = (along < 0.77) & (level > 0.25)
    cab = (along > 0.795) & (level > 0.2)
    gap = _between(along, 0.77, 0.795) & (level > 0.2)
    chassis = _between(level, 0.15, 0.25)
    wheels, hubs = _wheels(face, (0.13, 0.25, 0.88), 0.14)
    material = _filled(level, face.paints.body)
    deflector = cab & (level > 0.88)
    np.copyto(material, face.paints.second, where=(_truck_pattern(face, dice) & box) | deflector)
    np.copyto(material, face.paints.glass, where=_between(along, 0.86, 0.96) & _between(level, 0.5, 0.76))
    np.copyto(material, face.paints.dark, where=chassis | wheels | gap)
    np.copyto(material, face.paints.second, where=hubs)
    ribs = line_noise(along * (face.stretch * 5), dice.key()) - 0.5
    shade = _gloss(level) + ribs * (0.09 * scene.knobs.texture)
    return box | cab | gap | chassis | wheels, material, shade


def _truck_pattern(face: _Face, dice: Dice) -> NDArray[np.bool_]:
    along, level = face.along, face.level
    rim = (along < 0.012) | (along > 0.758) | (level > 0.965)
    kind = dice.below(4)
    if kind == 0:
        return rim | (_between(level, 0.42, 0.76) & _between(along, 0.16, 0.6))
    if kind == 1:
        return rim | _between(level, 0.34, 0.34 + dice.between(0.08, 0.24))
    if kind == 2:
        # Fields like the windows of a facade: what is near does not tell truck from building.
        columns, rows = along * (face.stretch * 1.5), level * 2.9
        across, above = columns - np.floor(columns), rows - np.floor(rows)
        return rim | (_between(across, 0.25, 0.75) & _between(above, 0.3, 0.8) & (level > 0.33))
    return rim | (level < 0.32)


def _truck_end(scene: Scene, face: _Face) -> Painted:
    level, middle = face.level, np.abs(face.along * 2 - 1)
    coming = face.vehicle.heading < 0
    inside = (level > 0.15) | ((level < 0.15) & _between(middle, 0.5, 0.92))
    material = _filled(level, face.paints.body)
    if coming:
        np.copyto(material, face.paints.second, where=level > 0.88)
        windscreen = _between(level, 0.5, 0.78) & (middle < 0.88)
        np.copyto(material, face.paints.glass, where=windscreen)
    else:
        frame = (middle > 0.93) | (level > 0.96) | (middle < 0.025)
        np.copyto(material, face.paints.second, where=frame)
    np.copyto(material, face.paints.dark, where=level < 0.22)
    lamps = _between(level, 0.2, 0.27) & _between(middle, 0.68, 0.92)
    np.copyto(material, face.paints.lamp, where=lamps)
    return inside, material, _gloss(level)


def _wheels(face: _Face, places: tuple[float, ...], radius: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tyres and hubs; radius in heights of the vehicle."""
    above = face.level - radius
    nearest = np.full(face.level.shape, np.inf, dtype=np.float32)
    for place in places:
        across = (face.along - place) * face.stretch
        np.minimum(nearest, across * across + above * above, out=nearest)
    square = radius * radius
    return nearest < square, nearest < square * 0.25


def _gloss(level: NDArray[np.floating]) -> NDArray[np.floating]:
    return 0.86 + level * 0.2


def _between(value: NDArray[np.floating], low: float, high: float) -> NDArray[np.bool_]:
    return (value >= low) & (value < high)


def _filled(like: NDArray[np.floating], number: int) -> NDArray[np.int16]:
    return np.full(like.shape, number, dtype=np.int16)
