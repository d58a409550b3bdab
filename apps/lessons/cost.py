"""Cost of attention against the size of the map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from apps.lessons._lesson import Lesson, Outcome, Picture, State
from apps.lessons._pictures import ACROSS, DOWN, SCENE, cell_of, scene
from gald_viz.analysis.resize import cell_centres, nearest_labels
from gald_viz.analysis.teach_anchors import anchor_count
from gald_viz.analysis.teach_cost import KINDS, AttentionCost, attention_costs
from gald_viz.figures import overlay
from gald_viz.figures.charts import Axis, Series, lines_figure, named_dots_figure
from gald_viz.figures.marked import Panel, Places, marked_figure
from gald_viz.figures.sheet import Heading
from gald_viz.probes.attention_time import attention_seconds
from gald_viz.probes.parts import sampled_anchors
from gald_viz.types import Control, Number
from models.distribution.window import Window

_GRIDS = (1, 3, 6, 8)
_CHANNELS = 64
_DILATION = 2
_TIMED = (32, 64)  # the scene's own map: larger ones would keep the reader waiting
_READ = np.array([255, 210, 31], dtype=np.uint8)
_WIDTHS = np.arange(128, 2049, 64)
_FACTORS = (2, 4, 8, 16)


def run(state: State) -> Outcome:
    """Closed forms at every size, one position drawn, the operators timed here and now."""
    kernel, stride = int(state["kernel"]), int(state["stride"])
    size = _cells(np.array([state["width"]]), stride)
    costs = attention_costs(*size, _CHANNELS, anchor_count(_GRIDS), kernel)
    twice = attention_costs(*(2 * side for side in size), _CHANNELS, anchor_count(_GRIDS), kernel)
    growth = {kind: float(twice[kind].macs[0] / costs[kind].macs[0]) for kind in KINDS}
    asked = growth[state["kind"]]
    numbers = (
        Number(f"{state['kind']}: twice the sides costs", asked, "times", "At the chosen size."),
        *(Number(f"{kind}, read by each", int(costs[kind].reads[0]), "positions") for kind in KINDS),
    )
    holds = int(np.abs(np.log2(np.array(_FACTORS) / asked)).argmin())
    return Outcome(
        pictures=(_reads(state, size, costs), _curves(state, stride, kernel), _times(kernel)),
        numbers=numbers,
        holds=holds,
        because=f"Twice the height and the width is four times the positions, and each of them reads "
        f"{float(twice[state['kind']].reads[0] / costs[state['kind']].reads[0]):.2f} times as many: "
        f"{asked:.1f} times the cost for {state['kind']}.",
    )


def _cells(widths: np.ndarray, stride: int) -> tuple[np.ndarray, np.ndarray]:
    """Heights and widths of the maps of pictures twice as wide as high."""
    return np.maximum(widths // 2 // stride, 1), np.maximum(widths // stride, 1)


def _reads(state: State, size: tuple[np.ndarray, np.ndarray], costs: dict[str, AttentionCost]) -> Picture:
    image = overlay.grey(scene(state["scene"]).image)
    cells = int(size[0][0]), int(size[1][0])
    here = cell_of(state["x"], state["y"], cells)
    own = _dots("the position that asks", np.array([here]), cells, image.shape)
    own = replace(own, color="#00c2ff", symbol="star", size=15)
    rows, columns = np.mgrid[: cells[0], : cells[1]]
    pooled = sampled_anchors(np.stack([rows, columns]), _GRIDS).T
    near = np.array(Window(int(state["kernel"]), _DILATION).offsets()) + here
    near = near[((near >= 0) & (near < cells)).all(axis=1)]
    shown = (
        (_painted(image, np.ones(cells, dtype=bool)), ()),
        (_painted(image, (rows == here[0]) | (columns == here[1])), ()),
        (image, (_dots("read", pooled, cells, image.shape),)),
        (image, (_dots("read", near, cells, image.shape),)),
    )
    panels = [
        Panel(f"{kind}: {int(costs[kind].reads[0]):,} positions", picture, places=(*dots, own))
        for kind, (picture, dots) in zip(KINDS, shown, strict=True)
    ]
    words = f"map of {cells[0]} × {cells[1]} cells; k = {state['kernel']}, dilation {_DILATION}; anchors 1, 3, 6, 8"
    return Picture(
        marked_figure(panels, Heading("What one position reads", words)),
        f"Four copies of the picture with the positions that one position reads: {words}.",
    )


def _painted(image: np.ndarray, read: np.ndarray) -> np.ndarray:
    """The picture with the cells (h, w) that are read in yellow."""
    where = nearest_labels(read.astype(np.int64), image.shape[:2]).astype(bool)
    yellow = overlay.blend(image, np.full_like(image, _READ), 0.55)
    return np.where(where[..., None], yellow, image)


def _dots(name: str, cells: np.ndarray, size: tuple[int, int], pixels: tuple[int, ...]) -> Places:
    """Places (n, 2) of rows and columns of a map, in pixels of the picture."""
    x = cell_centres(cells[:, 1], pixels[1], size[1])
    return Places(name, x, cell_centres(cells[:, 0], pixels[0], size[0]), size=5)


def _curves(state: State, stride: int, kernel: int) -> Picture:
    costs = attention_costs(*_cells(_WIDTHS, stride), _CHANNELS, anchor_count(_GRIDS), kernel)
    series = [Series(kind, _WIDTHS, cost.macs / 1e9) for kind, cost in costs.items()]
    words = f"output stride {stride}, C' = {_CHANNELS}, without projections; picture half as high as wide"
    figure = lines_figure(
        series,
        Axis("width of the picture [px]"),
        Axis("multiply-accumulates [10⁹]", log=True),
        Heading("Cost against size", words),
        float(state["width"]),
    )
    last = ", ".join(f"{kind} {cost.macs[-1] / 1e9:.3g}" for kind, cost in costs.items())
    return Picture(figure, f"Lines that rise with the picture's width, in 10⁹ multiply-accumulates at 2048 px: {last}.")


def _times(kernel: int) -> Picture:
    seconds = _seconds(kernel)
    words = [f"{1e3 * value:.1f} ms" for value in seconds.values()]
    figure = named_dots_figure(
        Series("", list(seconds), [1e3 * value for value in seconds.values()], words),
        Axis("milliseconds, log: a step is ten times", log=True),
        Heading(
            "Measured on this machine",
            f"map of {_TIMED[0]} × {_TIMED[1]} cells, C' = {_CHANNELS}; N x N with its whole matrix of weights",
        ),
    )
    return Picture(figure, "Dots: " + ", ".join(f"{k} {w}" for k, w in zip(seconds, words, strict=True)) + ".")


@st.cache_data(max_entries=8, ttl=600, show_spinner=False)
def _seconds(kernel: int) -> dict[str, float]:
    # Not at every move of a slider that changes nothing here.
    return attention_seconds(_TIMED, _CHANNELS, _GRIDS, Window(kernel, _DILATION))


LESSON = Lesson(
    order=3,
    title="What attention costs",
    question="Which attention can a large picture afford?",
    source="ANN, arXiv:1908.07678, Fig. 2; CCNet, arXiv:1811.11721; GALD TIP, eq. 8",
    setting="Every position of a map compares itself with others and sums up what they hold. The picture gets twice as "
    "high and twice as wide.",
    ask="How much more does {kind} attention cost?",
    choices=tuple(f"{factor} times" for factor in _FACTORS),
    controls=(
        Control("kind", "Asked about", "select", KINDS[0], options=KINDS),
        Control("width", "Width of the picture, px", "slider", 512, minimum=128, maximum=2048, step=64),
        Control("stride", "Output stride", "select", 8, options=(8, 16, 32)),
        Control("kernel", "k of k × k", "slider", 5, minimum=3, maximum=9, step=2),
        ACROSS,
        DOWN,
        SCENE,
    ),
    run=run,
    explanation=(
        "The cost is 2·N·R·C': every one of N positions reads R others, once for the score and once for the sum.",
        "N × N reads R = N, so four times the positions cost sixteen times. Criss-cross reads a row and a column, "
        "R = H + W − 1. The anchors of APNB and a k×k window have a fixed R: their cost grows with N alone.",
        "Memory follows the same count: N·R weights, unless a fused kernel never writes them down.",
    ),
    beware=(
        "That a count is a time: matrix products of N × N run near the machine's peak, a window does not. Compare the "
        "measured times with the counts.",
        "That fewer reads see less: criss-cross run twice reaches every position.",
    ),
    notes=(
        "Ask for the factor of each of the four before the first run; criss-cross divides the class.",
        "The time of criss-cross is that of axial attention, column then row, which this project has; CCNet's own "
        "operator reads both at once.",
        "The times differ from run to run and from machine to machine: read them aloud, write none on the board.",
    ),
)
