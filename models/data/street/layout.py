"""What stands in a scene and where, in metres."""

from __future__ import annotations

from dataclasses import dataclass, field

END = 110.0


@dataclass(frozen=True)
class Shadow:
    """Shadow on the ground, metres.

    Attributes:
        x: where it begins.
        reach: how far it goes sideways.
        near: smallest distance.
        far: largest distance.
        slant: how far it goes forward for each metre sideways.
    """

    x: float
    reach: float
    near: float
    far: float
    slant: float = 0.0


@dataclass(frozen=True)
class Plot:
    """A stretch of one side of the street with a building or a hedge, metres.

    Attributes:
        side: -1 left, 1 right.
        index: which on its side.
        near: smallest distance.
        far: largest distance.
        setback: from the pavement.
        height: of the building.
        green: a hedge and a lawn instead of a building.
    """

    side: int
    index: int
    near: float
    far: float
    setback: float
    height: float
    green: bool


@dataclass(frozen=True)
class Vehicle:
    """A car or truck, metres.

    Attributes:
        index: which of its kind.
        x: middle of the near face.
        z: distance of the near face.
        across: extent in x.
        deep: extent in z.
        height: of the roof.
        heading: 1 drives away, -1 comes, 0 crosses to the right.
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
    """A person, tree, pole, sign or light, metres.

    Attributes:
        index: which of its kind.
        x: where it stands.
        z: its distance.
        height: of its top.
    """

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
        plots: buildings and hedges.
        cars: on the road, or parked.
        trucks: likewise.
        people: that stand or walk.
        trees: beside the road.
        poles: plain ones.
        signs: with their posts.
        lights: traffic lights and street lamps.
        shadows: on the ground.
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
