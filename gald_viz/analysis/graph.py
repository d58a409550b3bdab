"""Where to put the boxes and arrows of a network: layers by the longest path, few crossings.

Sugiyama, Tagawa, Toda, IEEE Transactions on Systems, Man, and Cybernetics, 1981.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from gald_viz.graph import Graph, GraphBox

_SWEEPS = 8  # of the ordering, down and up
_LEVELS = "backbone."
_PASSING = 0.25  # of a box's width, what an edge needs that passes a layer


@dataclass(frozen=True, slots=True)
class Layout:
    """Places of boxes and the courses of edges.

    Attributes:
        layers: how many.
        place: (layer, position in 0..1) of each box.
        courses: for each edge its points (layer, position), the boxes' own included.
        widest: width of the widest layer, in boxes.
    """

    layers: int
    place: tuple[tuple[int, float], ...]
    courses: tuple[tuple[tuple[int, float], ...], ...]
    widest: float


def merged(graph: Graph) -> Graph:
    """Join every stage with the module before it where nothing else reads that, and drop levels that nobody reads."""
    after = {k: [b for a, b in graph.edges if a == k] for k in range(len(graph.boxes))}
    before = {k: [a for a, b in graph.edges if b == k] for k in range(len(graph.boxes))}
    into: dict[int, int] = {}
    for k, box in enumerate(graph.boxes):
        follower = after[k][0] if len(after[k]) == 1 else -1
        if follower >= 0 and not box.stage and graph.boxes[follower].stage and before[follower] == [k]:
            into[k] = follower
    dead = {k for k, box in enumerate(graph.boxes) if box.name.startswith(_LEVELS) and not after[k]}
    named = {b: graph.boxes[a] for a, b in into.items()}
    boxes = {
        k: replace(box, module=named[k].name, made=named[k].kind) if k in named else box
        for k, box in enumerate(graph.boxes)
        if k not in into and k not in dead
    }
    return _renumbered(boxes, [(into.get(a, a), into.get(b, b)) for a, b in graph.edges])


def condensed(graph: Graph, names: Sequence[str]) -> Graph:
    """Keep the boxes whose names begin with one of these; arrows lead on through those that are left out."""
    kept = {k for k, box in enumerate(graph.boxes) if box.name.startswith(tuple(names))}
    sources: list[set[int]] = []
    for k in range(len(graph.boxes)):
        through: set[int] = set()
        for a in (a for a, b in graph.edges if b == k):
            through |= {a} if a in kept else sources[a]
        sources.append(through)
    edges = [(a, k) for k in kept for a in sources[k]]
    return _renumbered({k: graph.boxes[k] for k in sorted(kept)}, edges)


def _renumbered(boxes: Mapping[int, GraphBox], edges: Sequence[tuple[int, int]]) -> Graph:
    place = {k: number for number, k in enumerate(boxes)}
    found = {(place[a], place[b]) for a, b in edges if a != b and a in place and b in place}
    return Graph(tuple(boxes.values()), tuple(sorted(found)))


def layered(graph: Graph) -> Layout:
    """Put every box below all that it reads, the longest path straight down.

    Raises:
        ValueError: if an edge does not lead forward.
    """
    layer = _depths(graph)
    rows, chains = _rows_with_passing(graph, layer)
    _reduce_crossings(rows, chains)
    widest = max((_width(row) for row in rows), default=1.0)
    position = {node: place for row in rows for node, place in _positions(row, widest).items()}
    place = tuple((layer[k], position[k, -1]) for k in range(len(graph.boxes)))
    courses = tuple(
        tuple((depth, position[node]) for depth, node in chain) for chain in (chains[edge] for edge in graph.edges)
    )
    return Layout(len(rows), place, courses, widest)


Node = tuple[int, int]  # (box, -1), or (edge, layer) where an edge passes a layer


def _depths(graph: Graph) -> list[int]:
    depth = [0] * len(graph.boxes)
    for a, b in sorted(graph.edges):
        if not 0 <= a < b < len(depth):
            raise ValueError(f"edge {(a, b)} of {len(depth)} boxes does not lead forward; number them in order.")
        depth[b] = max(depth[b], depth[a] + 1)
    read = {b for _, b in graph.edges}
    for k in range(1, len(depth)):
        # What reads nothing, such as tokens, stands right above its first reader.
        readers = [depth[b] for a, b in graph.edges if a == k]
        if k not in read and readers:
            depth[k] = min(readers) - 1
    return depth


def _width(row: Sequence[Node]) -> float:
    return sum(1.0 if node[1] < 0 else _PASSING for node in row)


def _positions(row: Sequence[Node], widest: float) -> dict[Node, float]:
    """Centres of the nodes of a row in 0..1, the row in the middle."""
    start, found = (widest - _width(row)) / 2, {}
    for node in row:
        own = 1.0 if node[1] < 0 else _PASSING
        found[node] = (start + own / 2) / widest
        start += own
    return found


def _rows_with_passing(
    graph: Graph, layer: list[int]
) -> tuple[list[list[Node]], dict[tuple[int, int], list[tuple[int, Node]]]]:
    rows: list[list[Node]] = [[] for _ in range(max(layer, default=-1) + 1)]
    for k, depth in enumerate(layer):
        rows[depth].append((k, -1))
    chains = {}
    for number, (a, b) in enumerate(graph.edges):
        passing: list[tuple[int, Node]] = [(depth, (number, depth)) for depth in range(layer[a] + 1, layer[b])]
        for depth, node in passing:
            rows[depth].append(node)
        chains[a, b] = [(layer[a], (a, -1)), *passing, (layer[b], (b, -1))]
    return rows, chains


def _reduce_crossings(rows: list[list[Node]], chains: dict[tuple[int, int], list[tuple[int, Node]]]) -> None:
    """Order every row by the mean place of its neighbours in the row before, then in the row behind, several times."""
    up: dict[tuple[int, Node], list[Node]] = {}
    down: dict[tuple[int, Node], list[Node]] = {}
    for chain in chains.values():
        for (above, upper), (below, lower) in pairwise(chain):
            up.setdefault((below, lower), []).append(upper)
            down.setdefault((above, upper), []).append(lower)
    for sweep in range(_SWEEPS):
        order = range(1, len(rows)) if sweep % 2 == 0 else range(len(rows) - 2, -1, -1)
        for depth in order:
            other = rows[depth - 1] if sweep % 2 == 0 else rows[depth + 1]
            where = {node: (k + 0.5) / len(other) for k, node in enumerate(other)}
            own = {node: (k + 0.5) / len(rows[depth]) for k, node in enumerate(rows[depth])}
            near = up if sweep % 2 == 0 else down
            rows[depth].sort(key=lambda node: _mean([where[n] for n in near.get((depth, node), [])], own[node]))


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
