"""A network as boxes and arrows: plain values between the probe that follows it and the drawing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GraphBox:
    """One part of a network in one forward pass.

    Attributes:
        name: of the stage, or the path of the module.
        kind: kind of the stage, or the module's class.
        shape: of its output without the batch axis; empty for what is no single tensor.
        stage: whether it is a named stage.
        module, made: path and kind of the module whose output a stage names, where it is that alone.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    stage: bool
    module: str = ""
    made: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """Boxes in the order of the forward pass; edges (from, to) are places of boxes, from < to."""

    boxes: tuple[GraphBox, ...]
    edges: tuple[tuple[int, int], ...]
