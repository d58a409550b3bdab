"""Networks as graphs: joined, condensed, laid out."""

from __future__ import annotations

import pytest

from gald_viz.analysis.graph import condensed, layered, merged
from gald_viz.graph import Graph, GraphBox


def graph(edges: tuple[tuple[int, int], ...], names: str, stages: str = "") -> Graph:
    return Graph(tuple(GraphBox(name, "features", (1,), name in stages) for name in names), edges)


def test_a_stage_takes_in_the_module_that_it_alone_reads():
    found = merged(graph(((0, 1), (1, 2), (1, 3), (3, 4)), "abcde", "bce"))

    # d is read by e alone and joins it; b is a stage already, a goes into b.
    assert [(box.name, box.module) for box in found.boxes] == [("b", "a"), ("c", ""), ("e", "d")]
    assert found.edges == ((0, 1), (0, 2))


def test_arrows_lead_through_what_is_left_out():
    found = condensed(graph(((0, 1), (1, 2), (0, 2), (2, 3)), "abcd"), ("a", "d"))

    assert [box.name for box in found.boxes] == ["a", "d"] and found.edges == ((0, 1),)


def test_boxes_stand_below_what_they_read_and_long_edges_pass_beside_them():
    # a -> b -> c, and a -> c past b; e reads nothing and stands right above c, its reader.
    found = layered(graph(((0, 1), (1, 3), (0, 3), (2, 3)), "abec"))

    assert found.layers == 3 and [layer for layer, _ in found.place] == [0, 1, 1, 2]
    assert found.widest == pytest.approx(2.25)
    passing = dict(zip(((0, 1), (1, 3), (0, 3), (2, 3)), found.courses, strict=True))[0, 3]
    assert [layer for layer, _ in passing] == [0, 1, 2]
    assert passing[1][1] not in (found.place[1][1], found.place[2][1])
    with pytest.raises(ValueError, match="does not lead forward"):
        layered(graph(((1, 0),), "ab"))
