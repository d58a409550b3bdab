"""Time of the operations of a non-local block and of APNB."""

from __future__ import annotations

from dataclasses import dataclass

from gald_viz.paper.charts import bars
from gald_viz.paper.figure import Facts, Made, PaperFigure, Place
from gald_viz.paper.studio import Studio
from gald_viz.probes.operations import BLOCKS, OPERATIONS, operation_seconds
from models.provenance import hardware

_SIZE = (96, 96)  # of Table 1; the figure's 256 x 128 takes 8.6 GB
_CHANNELS = 2048


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds: block -> a value for each operation, the last one the sum."""

    milliseconds: dict[str, tuple[float, ...]]


def compute(studio: Studio) -> Made:
    """Measure here, or take what a manifest holds."""
    measured = studio.settings.measured or {
        "seconds": operation_seconds(_SIZE, _CHANNELS),
        "hardware": hardware(),
    }
    found = {block: [1000 * measured["seconds"][block][name] for name in OPERATIONS] for block in BLOCKS}
    times = Times({block: (*values, sum(values)) for block, values in found.items()})
    total = {f"sum of {block} in ms": values[-1] for block, values in times.milliseconds.items()}
    where = measured["hardware"]
    device = where["gpu"] or f"{where['cpu']}, {where['threads']} threads"
    ratio = total["sum of NB in ms"] / total["sum of APNB in ms"]
    says = (
        "Time of the operations of a non-local block (NB) and of the asymmetric pyramid non-local block (APNB) on a "
        "map "
        f"of 1 × {_CHANNELS} × {_SIZE[0]} × {_SIZE[1]}, float32, fastest of 3 runs on {device}; the last bars are the "
        f"sums. NB takes {ratio:.1f} times as long."
    )
    differs = "measured on the machine named here, not on a GPU of 2019, and at 96 × 96, the smaller map of Table 1."
    return Made(times, Facts(says, differs, numbers=total | {"NB against APNB": ratio}, measured=measured))


def draw(data: Times, place: Place) -> None:
    """Bars by operation."""
    axis = place.subplots()
    bars((*OPERATIONS, "sum"), data.milliseconds, axis, "time [ms]")


FIGURES = (
    PaperFigure(
        "ann-2",
        "ANN",
        "Fig. 2",
        "Time of the operations of a non-local block and of APNB",
        compute,
        draw,
        lambda _data, width: min(0.6 * width, 2.4),
        data=False,
    ),
)
