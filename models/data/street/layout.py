"""Where things stand in a scene: plots along the street, and what is on the street, in metres."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from models.data.street.dice import Dice
from models.data.street.knobs import SceneKnobs
from models.data.street.light import Light

END = 110.0

Thing = TypeVar("Thing")
Rolls = Callable[..., Dice]


@dataclass(frozen=True)
class Shadow:
    """Shadow on the ground: from x it reaches sideways, for z in near..far, going forward by slant."""

    x: float
    reach: float
    near: float
    far: float
    slant: float = 0.0


@dataclass(frozen=True)
class Plot:
    """A stretch of one side of the street with a building or a hedge."""

    side: int
    index: int
    near: float
    far: float
    setback: float
    height: float
    green: bool


@dataclass(frozen=True)
class Vehicle:
    """A car or truck; heading 1 drives away, -1 comes, 0 crosses to the right.

    x is the middle of the near face, z its distance; across is the extent in x, deep the extent in z.
    """

    index: int
    x: float
    z: float
    across: float
    deep: float
    height: float
    heading: int


@dataclass(frozen=True)
class Upright:
    """A person, tree, pole, sign or light that stands at (x, z)."""

    index: int
    x: float
    z: float
    height: float


@dataclass
class Layout:
    """All that stands in one scene.

    Attributes:
        crossing: near and far z of a crossing street, None without one.
        zebra: near z of a zebra crossing, None without one.
        paved_beyond: metres of pavement behind the pavement proper.
        edge_lines: whether the road has them.
    """

    crossing: tuple[float, float] | None = None
    zebra: float | None = None
    paved_beyond: float = 0.0
    edge_lines: bool = False
    plots: list[Plot] = field(default_factory=list)
    cars: list[Vehicle] = field(default_factory=list)
    trucks: list[Vehicle] = field(default_factory=list)
    people: list[Upright] = field(default_factory=list)
    trees: list[Upright] = field(default_factory=list)
    poles: list[Upright] = field(default_factory=list)
    signs: list[Upright] = field(default_factory=list)
    lights: list[Upright] = field(default_factory=list)
    shadows: list[Shadow] = field(default_factory=list)


def plan_street(rolls: Rolls, knobs: SceneKnobs, light: Light, lane: float) -> Layout:
    """Place everything.

    Args:
        rolls: topic -> Dice of this scene.
        knobs: sizes and counts.
        light: gives the direction of the shadows.
        lane: x of the camera, whose own lane stays free nearby.
    """
    dice = rolls("plan")
    start = dice.between(12, 40)
    layout = Layout(
        crossing=(start, start + dice.between(7, 10)) if dice.chance(0.4) else None,
        paved_beyond=dice.pick((0.0, 0.0, 1.5)),
        edge_lines=dice.chance(0.5),
    )
    if dice.chance(0.4):
        layout.zebra = start - 4.2 if layout.crossing else dice.between(7, 18)
    for side in (-1, 1):
        layout.plots.extend(_plots(rolls("plots", side), knobs, side, layout.crossing))
    taken: list[Vehicle] = []
    layout.trucks = _vehicles(rolls, "truck", knobs, (layout, taken, lane))
    layout.cars = _vehicles(rolls, "car", knobs, (layout, taken, lane))
    layout.people = _people(rolls, knobs, layout)
    layout.trees = _row(rolls, "tree", (knobs, layout, knobs.tree_height, 0.75))
    layout.poles = _row(rolls, "pole", (knobs, layout, knobs.pole_height, 0.22))
    layout.signs = _row(rolls, "sign", (knobs, layout, knobs.pole_height * 0.62, 0.25))
    layout.lights = _row(rolls, "light", (knobs, layout, knobs.pole_height * 0.85, 0.2))
    layout.shadows = _shadows(layout, knobs, light)
    return layout


def _count(dice: Dice, most: int, knobs: SceneKnobs) -> int:
    most = int(most * knobs.clutter + 0.5)
    fewest = int(most * (1 - knobs.variety) + 0.5)
    return fewest + dice.below(most - fewest + 1)


def _plots(dice: Dice, knobs: SceneKnobs, side: int, crossing: tuple[float, float] | None) -> list[Plot]:
    plots: list[Plot] = []
    near = -6.0
    while near < END:
        far = near + dice.between(9, 20)
        roof = dice.between(0.6, 1.45)
        green, setback = dice.chance(knobs.greenery), dice.between(0.0, 1.4)
        begin, finish = near, far
        near = far
        if crossing and begin < crossing[1] and finish > crossing[0]:
            begin, finish = (begin, crossing[0]) if begin < crossing[0] else (crossing[1], finish)
            if finish - begin < 3:
                continue
        plots.append(Plot(side, len(plots), begin, finish, setback, knobs.building_height * roof, green))
    return plots


def _vehicles(
    rolls: Rolls, kind: str, knobs: SceneKnobs, street: tuple[Layout, list[Vehicle], float]
) -> list[Vehicle]:
    layout, taken, lane = street
    placed: list[Vehicle] = []
    for index in range(_count(rolls(kind), getattr(knobs, f"{kind}_count"), knobs)):
        dice = rolls(kind, index)
        size = _vehicle_size(dice, kind, knobs.object_scale)
        for _ in range(8):
            before = placed[-1] if placed and dice.chance(knobs.occlusion) else None
            vehicle = _vehicle(dice, size, knobs, (index, before, lane, layout.crossing))
            if not any(_overlap(vehicle, other) for other in taken):
                placed.append(vehicle)
                taken.append(vehicle)
                break
    return placed


def _vehicle_size(dice: Dice, kind: str, scale: float) -> tuple[float, float, float]:
    """Width, length, height."""
    if kind == "car":
        return 1.8 * scale, dice.between(3.8, 4.6) * scale, dice.between(1.42, 1.62) * scale
    return 2.5 * scale, dice.between(6.5, 11.5) * scale, dice.between(2.9, 3.7) * scale


def _vehicle(
    dice: Dice,
    size: tuple[float, float, float],
    knobs: SceneKnobs,
    where: tuple[int, Vehicle | None, float, tuple[float, float] | None],
) -> Vehicle:
    index, before, lane, crossing = where
    width, length, height = size
    half = knobs.road_width / 2
    role = dice.pick(("kerb", "kerb", "lane", "coming", "across"))
    if before is not None and before.heading != 0:
        z = before.z + before.deep + dice.between(0.8, 3.0)
        return Vehicle(index, before.x + dice.between(-0.2, 0.2), z, width, length, height, before.heading)
    if role == "across" and crossing is not None:
        x = dice.between(-9, 9)
        z = dice.between(crossing[0] + 0.3, max(crossing[0] + 0.4, crossing[1] - width - 0.3))
        return Vehicle(index, x, z, length, width, height, 0)
    if role == "lane":
        return Vehicle(index, lane + dice.between(-0.3, 0.3), dice.between(9, 45), width, length, height, 1)
    if role == "coming":
        return Vehicle(index, -lane + dice.between(-0.3, 0.3), dice.between(8, 50), width, length, height, -1)
    side = dice.side()
    x = side * (half - width / 2 - dice.between(0.05, 0.25))
    heading = 1 if side * lane > 0 else -1
    return Vehicle(index, x, dice.between(6.5, 42), width, length, height, heading)


def _overlap(one: Vehicle, other: Vehicle) -> bool:
    beside = abs(one.x - other.x) >= (one.across + other.across) / 2 + 0.15
    before = one.z >= other.z + other.deep + 0.4 or other.z >= one.z + one.deep + 0.4
    return not (beside or before)


def _people(rolls: Rolls, knobs: SceneKnobs, layout: Layout) -> list[Upright]:
    people: list[Upright] = []
    half = knobs.road_width / 2
    for index in range(_count(rolls("person"), knobs.person_count, knobs)):
        dice = rolls("person", index)
        height = dice.between(1.5, 1.9) * knobs.object_scale
        walk = dice.side() * (half + dice.between(0.15, 0.85) * knobs.pavement_width)
        z = 5 + 33 * dice.unit() * dice.between(0.4, 1)
        if people and dice.chance(knobs.occlusion):
            walk, z = people[-1].x + dice.between(-0.35, 0.35), people[-1].z + dice.between(0.3, 1.2)
        elif dice.chance(0.25):
            walk = dice.between(-half, half)
            z = layout.zebra + dice.between(0.5, 2.5) if layout.zebra else dice.between(9, 30)
        people.append(Upright(index, walk, z, height))
    return people


def _row(rolls: Rolls, kind: str, row: tuple[SceneKnobs, Layout, float, float]) -> list[Upright]:
    """Things along the kerb; share is how far across the pavement they stand."""
    knobs, layout, height, share = row
    things: list[Upright] = []
    for index in range(_count(rolls(kind), getattr(knobs, f"{kind}_count"), knobs)):
        dice = rolls(kind, index)
        x = dice.side() * (knobs.road_width / 2 + share * knobs.pavement_width + dice.between(0, 0.3))
        z = 7 + 33 * dice.unit() * dice.between(0.5, 1)
        tall = height * dice.between(0.85, 1.2) * knobs.object_scale
        if not (layout.crossing and layout.crossing[0] < z < layout.crossing[1]):
            things.append(Upright(index, x, z, tall))
    return things


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
