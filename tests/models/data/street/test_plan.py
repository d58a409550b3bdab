from itertools import combinations, pairwise

import pytest

from models.data.street.dice import Dice
from models.data.street.knobs import SceneKnobs
from models.data.street.light import daylight
from models.data.street.plan import StreetPlan

COUNTED = ("car", "truck", "person", "tree", "pole", "sign", "light")


def planned(seed: int, **knobs):
    def roll(*topic):
        return Dice(seed, *topic)

    return StreetPlan(roll, SceneKnobs(**knobs), lane=2.0).fill(daylight(roll("light")))


def things(layout, kind: str) -> list:
    return layout.people if kind == "person" else getattr(layout, f"{kind}s")


@pytest.mark.parametrize("kind", COUNTED)
def test_without_variety_there_are_as_many_as_asked_for(kind):
    seed = next(seed for seed in range(20) if planned(seed).crossing is None)

    assert len(things(planned(seed, variety=0.0, **{f"{kind}_count": 3}), kind)) == 3


@pytest.mark.parametrize("kind", COUNTED)
def test_with_variety_the_count_is_the_most_there_can_be(kind):
    counts = {len(things(planned(seed, variety=1.0, **{f"{kind}_count": 2}), kind)) for seed in range(40)}

    assert counts == {0, 1, 2}


def test_clutter_multiplies_every_count():
    layout = planned(0, clutter=0.0)

    assert not any(things(layout, kind) for kind in COUNTED)
    assert len(planned(0, variety=0.0, clutter=3.0, tree_count=4).trees) > 6


@pytest.mark.parametrize("kind", ["tree", "pole", "sign", "light", "person"])
def test_one_more_thing_leaves_the_others_in_place(kind):
    few, many = (planned(5, variety=0.0, **{f"{kind}_count": count}) for count in (2, 5))

    assert [thing for thing in things(many, kind) if thing.index < 2] == things(few, kind)
    for other in set(COUNTED) - {kind}:
        assert things(many, other) == things(few, other)


@pytest.mark.parametrize("seed", range(12))
def test_nothing_drives_or_walks_through_a_vehicle(seed):
    layout = planned(seed, car_count=9, truck_count=4, person_count=12, occlusion=0.8)
    vehicles = layout.cars + layout.trucks

    for one, other in combinations(vehicles, 2):
        beside = abs(one.x - other.x) >= (one.across + other.across) / 2
        assert beside or one.z >= other.z + other.deep or other.z >= one.z + one.deep
    for person in layout.people:
        for vehicle in vehicles:
            beside = abs(person.x - vehicle.x) >= vehicle.across / 2
            assert beside or not vehicle.z <= person.z <= vehicle.z + vehicle.deep


def test_with_full_occlusion_people_stand_behind_one_another():
    people = planned(1, occlusion=1.0, variety=0.0, person_count=6, car_count=0, truck_count=0).people

    for before, behind in pairwise(people):
        assert abs(behind.x - before.x) <= 0.35
        assert 0.3 <= behind.z - before.z <= 1.2


@pytest.mark.parametrize(("greenery", "green"), [(0.0, False), (1.0, True)])
def test_greenery_decides_what_the_plots_hold(greenery, green):
    assert {plot.green for plot in planned(2, greenery=greenery).plots} == {green}


def test_no_plot_blocks_the_crossing_street():
    layout = next(layout for layout in map(planned, range(20)) if layout.crossing)
    near, far = layout.crossing

    assert all(plot.far <= near or plot.near >= far for plot in layout.plots)
