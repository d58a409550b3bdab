"""The share of valid filter taps against the atrous rate."""

from gald_viz.analysis.atrous import ValidTaps, valid_taps
from gald_viz.paper.charts import valid_taps_lines
from gald_viz.paper.figure import Facts, Made, PaperFigure, Place
from gald_viz.paper.studio import Studio

_SIDE = 65  # cells, as in the paper
_RATES = tuple(range(1, 97))


def compute(_studio: Studio) -> Made:
    """Count in closed form."""
    found = valid_taps((_SIDE, _SIDE), _RATES)
    numbers = {f"positions with all 9 taps valid at rate {rate}": found.at(rate, 9) for rate in (6, 12, 18, 24)}
    told = ", ".join(f"{100 * share:.0f} % at rate {name.rsplit(' ', 1)[1]}" for name, share in numbers.items())
    says = (
        f"Share of the positions of a {_SIDE} × {_SIDE} map at which 1, 2, 3, 4, 6 or 9 taps of a 3 × 3 filter fall on "
        f"the map and not on its padding. All nine are valid at {told}."
    )
    return Made(found, Facts(says, "1, 4 and 9 taps are not all that occur: 2, 3 and 6 do too.", numbers=numbers))


def draw(data: ValidTaps, place: Place) -> None:
    """One line for each number of taps."""
    valid_taps_lines(data, place.subplots())


FIGURES = (
    PaperFigure(
        "deeplabv3-4",
        "DeepLabv3",
        "Fig. 4",
        "Valid filter weights against the atrous rate",
        compute,
        draw,
        lambda _data, width: min(0.62 * width, 2.6),
        data=False,
    ),
)
