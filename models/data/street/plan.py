"""Where things go: plots along the street, vehicles on it, people and street furniture beside it."""

from __future__ import annotations

from collections.abc import Callable

from models.data.street.dice import Dice
from models.data.street.knobs import SceneKnobs
from models.data.street.layout import END, Layout, Plot, Shadow, Upright, Vehicle
from models.data.street.light import Light

ATTEMPTS = 8


class StreetPlan:
    """Fills a Layout. Each thing rolls its own dice, so that one more leaves the others in place.

    Args:
        roll: topic -> Dice of this scene.
        knobs: sizes and counts.
        lane: x of the camera, whose own lane stays free nearby.
    """

    def __init__(self, roll: Callable[..., Dice], knobs: SceneKnobs, lane: float) -> None:
        self.roll = roll
        self.knobs = knobs
        self.lane = lane
        self.half = knobs.road_width / 2
        self.layout = self._street()

    def fill(self, light: Light) -> Layout:
        """Place everything; the light says where the shadows fall."""
        layout, knobs = self.layout, self.knobs
        for side in (-1, 1):
            layout.plots.extend(self._plots(side))
        layout.trucks.extend(self._vehicles("truck", knobs.truck_count))
        layout.cars.extend(self._vehicles("car", knobs.car_count))
        layout.people.extend(self._people())
        layout.trees.extend(self._kerbside("tree", knobs.tree_height, 0.75))
        layout.poles.extend(self._kerbside("pole", knobs.pole_height, 0.22))
        layout.signs.extend(self._kerbside("sign", knobs.pole_height * 0.62, 0.25))
        layout.lights.extend(self._kerbside("light", knobs.pole_height * 0.85, 0.2))
        layout.shadows.extend(_shadows(layout, knobs, light))
        return layout

    def _street(self) -> Layout:
        dice = self.roll("plan")
        start = dice.between(12, 40)
        layout = Layout(
            crossing=(start, start + dice.between(7, 10)) if dice.chance(0.4) else None,
            paved_beyond=dice.pick((0.0, 0.0, 1.5)),
            edge_lines=dice.chance(0.5),
        )
        if dice.chance(0.4):
            layout.zebra = start - 4.2 if layout.crossing else dice.between(7, 18)
        return layout

    def _count(self, kind: str, most: int) -> int:
        most = int(most * self.knobs.clutter + 0.5)
        fewest = int(most * (1 - self.knobs.variety) + 0.5)
        return fewest + self.roll(kind).below(most - fewest + 1)

    def _plots(self, side: int) -> list[Plot]:
        dice, crossing = self.roll("plots", side), self.layout.crossing
        plots: list[Plot] = []
        near = -6.0
        while near < END:
            begin, end = near, near + dice.between(9, 20)
            height = self.knobs.building_height * dice.between(0.6, 1.45)
            green, setback = dice.chance(self.knobs.greenery), dice.between(0.0, 1.4)
            near = end
            if crossing and begin < crossing[1] and end > crossing[0]:
                begin, end = (begin, crossing[0]) if begin < crossing[0] else (crossing[1], end)
                if end - begin < 3:
                    continue
            plots.append(Plot(side, len(plots), begin, end, setback, height, green))
        return plots

    def _vehicles(self, kind: str, most: int) -> list[Vehicle]:
        placed: list[Vehicle] = []
        for index in range(self._count(kind, most)):
            dice = self.roll(kind, index)
            size = _vehicle_size(dice, kind, self.knobs.object_scale)
            for _ in range(ATTEMPTS):
                before = placed[-1] if placed and dice.chance(self.knobs.occlusion) else None
                if before is not None and before.heading != 0:
                    vehicle = _queued(dice, index, size, before)
                else:
                    vehicle = self._vehicle(dice, index, size)
                if not any(_overlap(vehicle, other) for other in (*self.layout.trucks, *placed)):
                    placed.append(vehicle)
                    break
        return placed

    def _vehicle(self, dice: Dice, index: int, size: tuple[float, float, float]) -> Vehicle:
        width, length, height = size
        crossing, drift = self.layout.crossing, dice.between(-0.3, 0.3)
        role = dice.pick(("kerb", "kerb", "ahead", "coming", "across"))
        if role == "across" and crossing is not None:
            z = dice.between(crossing[0] + 0.3, max(crossing[0] + 0.4, crossing[1] - width - 0.3))
            return Vehicle(index, dice.between(-9, 9), z, length, width, height, 0)
        if role == "ahead":
            return Vehicle(index, self.lane + drift, dice.between(9, 45), width, length, height, 1)
        if role == "coming":
            return Vehicle(index, drift - self.lane, dice.between(8, 50), width, length, height, -1)
        side = dice.side()
        x = side * (self.half - width / 2 - dice.between(0.05, 0.25))
        heading = 1 if side * self.lane > 0 else -1
        return Vehicle(index, x, dice.between(6.5, 42), width, length, height, heading)

    def _people(self) -> list[Upright]:
        people: list[Upright] = []
        for index in range(self._count("person", self.knobs.person_count)):
            dice = self.roll("person", index)
            height = dice.between(1.5, 1.9) * self.knobs.object_scale
            for _ in range(ATTEMPTS):
                x, z = self._foothold(dice, people)
                if not any(_inside(x, z, vehicle) for vehicle in (*self.layout.trucks, *self.layout.cars)):
                    people.append(Upright(index, x, z, height))
                    break
        return people

    def _foothold(self, dice: Dice, people: list[Upright]) -> tuple[float, float]:
        if people and dice.chance(self.knobs.occlusion):
            return people[-1].x + dice.between(-0.35, 0.35), people[-1].z + dice.between(0.3, 1.2)
        if dice.chance(0.25):
            zebra = self.layout.zebra
            z = dice.between(9, 30) if zebra is None else zebra + dice.between(0.5, 2.5)
            return dice.between(-self.half, self.half), z
        x = dice.side() * (self.half + dice.between(0.15, 0.85) * self.knobs.pavement_width)
        return x, 5 + 33 * dice.unit() * dice.between(0.4, 1)

    def _kerbside(self, kind: str, height: float, share: float) -> list[Upright]:
        """Things on the pavement; share is how far from the kerb they stand."""
        knobs, crossing = self.knobs, self.layout.crossing
        things: list[Upright] = []
        for index in range(self._count(kind, getattr(knobs, f"{kind}_count"))):
            dice = self.roll(kind, index)
            x = dice.side() * (self.half + share * knobs.pavement_width + dice.between(0, 0.3))
            z = 7 + 33 * dice.unit() * dice.between(0.5, 1)
            tall = height * dice.between(0.85, 1.2) * knobs.object_scale
            if not (crossing and crossing[0] < z < crossing[1]):
                things.append(Upright(index, x, z, tall))
        return things


def _vehicle_size(dice: Dice, kind: str, scale: float) -> tuple[float, float, float]:
    """Width, length, height."""
    if kind == "car":
        return 1.8 * scale, dice.between(3.8, 4.6) * scale, dice.between(1.42, 1.62) * scale
    return 2.5 * scale, dice.between(6.5, 11.5) * scale, dice.between(2.9, 3.7) * scale


def _queued(dice: Dice, index: int, size: tuple[float, float, float], before: Vehicle) -> Vehicle:
    """A vehicle right behind another, as seen from the camera."""
    width, length, height = size
    z = before.z + before.deep + dice.between(0.8, 3.0)
    return Vehicle(index, before.x + dice.between(-0.2, 0.2), z, width, length, height, before.heading)


def _overlap(one: Vehicle, other: Vehicle) -> bool:
    beside = abs(one.x - other.x) >= (one.across + other.across) / 2 + 0.15
    apart = one.z >= other.z + other.deep + 0.4 or other.z >= one.z + one.deep + 0.4
    return not (beside or apart)


def _inside(x: float, z: float, vehicle: Vehicle) -> bool:
    beside = abs(x - vehicle.x) >= vehicle.across / 2 + 0.3
    return not beside and vehicle.z - 0.2 < z < vehicle.z + vehicle.deep + 0.2


def _shadows(layout: Layout, knobs: SceneKnobs, light: Light) -> list[Shadow]:
    away, shadows = -light.sun_side, []
    front = knobs.road_width / 2 + knobs.pavement_width
    for plot in layout.plots:
        if plot.side == light.sun_side:
            reach = away * plot.height * light.reach * (0.25 if plot.green else 0.7)
            x = plot.side * (front + plot.setback)
            shadows.append(Shadow(x, reach, plot.near, plot.far, light.slant))
    for thing in (*layout.cars, *layout.trucks):
        far = thing.z + thing.deep
        shadows.append(Shadow(thing.x - thing.across / 2 - 0.1, thing.across + 0.2, thing.z - 0.15, far + 0.1))
        reach = away * (thing.across / 2 + thing.height * light.reach)
        shadows.append(Shadow(thing.x, reach, thing.z, far, light.slant))
    slim = ((layout.people, 0.25), (layout.poles, 0.12), (layout.signs, 0.12), (layout.lights, 0.12))
    for things, radius in (*slim, (layout.trees, 1.3)):
        for thing in things:
            reach = away * thing.height * light.reach
            shadows.append(Shadow(thing.x, reach, thing.z - radius, thing.z + radius, light.slant))
    return shadows
