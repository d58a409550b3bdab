"""How an atrous rate loses its taps."""

from __future__ import annotations

import numpy as np

from apps.lessons._lesson import Lesson, Outcome, Picture, State
from apps.lessons._pictures import ACROSS, DOWN, SCENE, cell_of, scene
from gald_viz.analysis.atrous import tap_cells, taps_at, valid_taps
from gald_viz.analysis.resize import cell_centres
from gald_viz.figures import overlay
from gald_viz.figures.atrous import valid_taps_figure
from gald_viz.figures.marked import Panel, Places, Scale, marked_figure
from gald_viz.figures.sheet import Heading
from gald_viz.types import Control, Number

_STRIDE = 8
_MOST = 72  # rates that are drawn
_LIMITS = (0.8, 0.5, 0.25)  # shares between the choices


def run(state: State) -> Outcome:
    """Count the taps on the map of a square crop."""
    side, rate = int(state["side"]), int(state["rate"])
    taps = taps_at((side, side), rate)
    full, alone = float((taps == 9).mean()), float((taps == 1).mean())
    here = cell_of(state["x"], state["y"], (side, side))
    numbers = (
        Number("all nine taps on the map", full, "%", "Share of the positions."),
        Number("only the centre on the map", alone, "%", "There the 3×3 filter is a 1×1 filter."),
        Number("taps on the map here", int(taps[here]), "of 9", "At the marked position."),
        Number("mean taps on the map", float(taps.mean()), "of 9", "Over all positions."),
    )
    words = f"rate {rate} on {side} × {side} cells: all nine taps at {100 * full:.1f} % of the positions"
    curves = valid_taps_figure(
        valid_taps((side, side), range(1, _MOST + 1)), Heading("The larger the rate, the fewer taps", words), (rate,)
    )
    return Outcome(
        pictures=(
            Picture(_map(state, taps, here), f"Map of the number of taps on the map at every position, {words}."),
            Picture(curves, f"Lines: share of positions with nine, six, four ... taps against the rate; {words}."),
        ),
        numbers=numbers,
        holds=sum(full <= limit for limit in _LIMITS),
        because=f"All nine taps lie on the map at {100 * full:.1f} % of the positions, (1 − 2·{rate}/{side})² of them "
        f"as long as the rate is below half the side; only the centre does at {100 * alone:.1f} %.",
    )


def _map(state: State, taps: np.ndarray, here: tuple[int, int]):
    side, rate = len(taps), int(state["rate"])
    # The crop whose map at this stride has so many cells.
    pixels = _STRIDE * (side - 1) + 1
    image = scene(state["scene"], (pixels, pixels)).image
    rows, columns = tap_cells(here, rate)
    inside = (rows >= 0) & (rows < side) & (columns >= 0) & (columns < side)
    x, y = cell_centres(columns, pixels, side), cell_centres(rows, pixels, side)
    places = (
        Places("tap on the map", x[inside], y[inside], color="#ffffff", size=11),
        Places("tap in the zero padding", x[~inside], y[~inside], color="#ff3030", symbol="x", size=11),
    )
    under = overlay.grey(image)
    panels = (
        Panel("taps on the map at every position", under, taps),
        Panel("one filter", image, places=places),
    )
    subtitle = (
        f"crop of {pixels} × {pixels} px at output stride {_STRIDE}, {int(taps[here])} of 9 taps at the marked one"
    )
    return marked_figure(
        panels, Heading(f"A 3 × 3 filter of rate {rate}", subtitle), scale=Scale("taps on<br>the map", (0, 9))
    )


LESSON = Lesson(
    order=1,
    title="How an atrous rate loses its taps",
    question="Why does a filter with a very large rate see no more than its own centre?",
    source="DeepLabv3, arXiv:1706.05587, Fig. 4",
    setting="A 3×3 filter whose nine taps lie {rate} cells apart slides over a map of {side}×{side} cells. "
    "Outside the map there are zeros.",
    ask="At what share of the positions do all nine taps read the map?",
    choices=("more than 80 %", "50 to 80 %", "25 to 50 %", "less than 25 %"),
    controls=(
        Control("rate", "Atrous rate, cells", "slider", 18, minimum=1, maximum=_MOST),
        Control("side", "Side of the map, cells", "select", 65, options=(33, 65, 97)),
        ACROSS,
        DOWN,
        SCENE,
    ),
    run=run,
    explanation=(
        "A tap is lost when it falls outside: on a side of n cells the left tap needs r cells on its left and the "
        "right tap r cells on its right, which n − 2r positions have. Rows and columns multiply.",
        "From r = n/2 on no position has all nine; from r = n on only the centre is left, and the 3×3 filter has "
        "become a 1×1 filter. A larger rate then means a smaller field of view, not a larger one.",
        "DeepLabv3 answers with image pooling: one branch that sees the whole map without any padding.",
    ),
    beware=(
        "That large rates are useless: on a larger crop, or at a finer stride, the same rate keeps its taps.",
        "That lost taps do nothing: a zero still tells a network that the border is near.",
    ),
    notes=(
        "Let the class predict at rate 18 before the first run: most say more than half.",
        "Then ask for the rate at which the line of nine taps reaches zero, before moving the slider (33 on 65 cells).",
        "Move the position to a corner: four taps remain there at any rate below 65.",
        "DeepLabv3 has rates 12, 24 and 36 at output stride 8, and 6, 12 and 18 at stride 16, whose map is half "
        "as wide.",
    ),
)
