"""What a figure of the papers is here: what it needs, how it is computed, how it is drawn, and what must be said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure, SubFigure

if TYPE_CHECKING:
    from gald_viz.paper.studio import Studio

Place = Figure | SubFigure


@dataclass(frozen=True, slots=True)
class Role:
    """A network that a figure needs.

    Attributes:
        name: what the figure calls it, such as ``GA``.
        checkpoint: what plays it unless another one is given; empty for what does not ship.
        stages: that are read from it.
        detector: whether it finds objects.
        optional: whether the figure can do without it.
    """

    name: str
    checkpoint: str = ""
    stages: tuple[str, ...] = ()
    detector: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What caption and manifest say beside the picture.

    Attributes:
        says: what is to be seen, in sentences.
        differs: from the paper's figure, in sentences; empty for nothing.
        rule: how images and places were chosen.
        reductions: how arrays became what is drawn, such as ``mean over channels``.
        limits: quantity -> values at the ends of its colours.
        numbers: the numbers that back the picture.
        measured: plain values that another run would not give again, such as seconds.
    """

    says: str
    differs: str = ""
    rule: str = ""
    reductions: str = ""
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    measured: Any = None


@dataclass(frozen=True, slots=True)
class Made:
    """What was computed: frozen data for the drawing, and the facts."""

    data: Any
    facts: Facts


@dataclass(frozen=True, slots=True)
class PaperFigure:
    """One figure of a paper.

    Attributes:
        name: such as ``gald-7``.
        paper: ``GALD TIP``, ``GALD BMVC``, ``ANN``, ``HFGD`` or ``DeepLabv3``.
        number: of the figure there, such as ``Fig. 7``.
        title: what it shows.
        compute: studio -> Made; all that is computed.
        draw: (data, place) -> None; draws into a matplotlib Figure or SubFigure, never shows, never computes.
        height: (data, width in inches) -> height in inches.
        roles: networks, in the order in which --checkpoint gives them.
        data: whether it shows images of a data set.
    """

    name: str
    paper: str
    number: str
    title: str
    compute: Callable[[Studio], Made]
    draw: Callable[[Any, Place], None]
    height: Callable[[Any, float], float]
    roles: tuple[Role, ...] = ()
    data: bool = True

    @property
    def needs(self) -> dict[str, Any]:
        """Networks with their stages, and whether images, as plain values."""
        networks = [
            {
                "role": role.name,
                "checkpoint": role.checkpoint or None,
                "stages": list(role.stages),
                "optional": role.optional,
            }
            for role in self.roles
        ]
        return {"networks": networks, "images": self.data}
