"""What a view draws, in JupyterLab: its figures with the chosen pixel marked in each, its numbers, table and note.

Plotly's own FigureWidget sends the whole of plotly.js with every figure; here it comes once for all of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib import resources

import ipywidgets
import plotly.graph_objects as go
import traitlets
from plotly.offline import get_plotlyjs

from gald_viz.figures.pixel_mark import NAME, marked_pixel_figure, move_mark
from gald_viz.figures.theme import PIXEL_AXIS
from gald_viz.types import ViewResult
from gald_viz.widgets.scripted import Scripted
from gald_viz.widgets.words import numbers_html, rows_html


class Library(ipywidgets.Widget):
    """plotly.js, for every Plots of a kernel."""

    code = traitlets.Unicode().tag(sync=True)


@cache
def library() -> Library:
    """The one of this kernel, made when it is first needed."""
    return Library(code=get_plotlyjs())


class Plots(Scripted):
    """Plotly figures below one another; ``pixel`` is what was clicked last in a panel of the image, or marked since.

    Attributes:
        pixel: [x, y], not cut to the image where it was clicked; empty at first. Can be observed.
        drawn: the figures.
    """

    script = resources.files("gald_viz.widgets").joinpath("plots.js").read_text(encoding="utf-8")
    library = traitlets.Unicode().tag(sync=True)
    figures = traitlets.Unicode("[]").tag(sync=True)
    mark = traitlets.List(traitlets.Int()).tag(sync=True)
    pixel = traitlets.List(traitlets.Int()).tag(sync=True)
    ring = traitlets.Unicode(NAME).tag(sync=True)
    unit = traitlets.Unicode(PIXEL_AXIS["ticksuffix"]).tag(sync=True)

    def __init__(self) -> None:
        self.drawn: tuple[go.Figure, ...] = ()
        super().__init__(library=library().model_id)

    def show(self, figures: Sequence[go.Figure], pixel: tuple[int, int] | None = None) -> None:
        """Show other figures, with the pixel (x, y) marked in them."""
        self.drawn = tuple(figure if pixel is None else marked_pixel_figure(figure, pixel) for figure in figures)
        with self.hold_sync():
            self._mark(pixel)
            self.figures = json.dumps([json.loads(figure.to_json()) for figure in self.drawn])

    def move(self, pixel: tuple[int, int]) -> None:
        """Mark another pixel in the same figures."""
        for figure in self.drawn:
            move_mark(figure, pixel)
        self._mark(pixel)

    def _mark(self, pixel: tuple[int, int] | None) -> None:
        self.mark = [] if pixel is None else list(pixel)
        if pixel is not None:
            # A click on the place that was clicked last counts when another was chosen since.
            self.pixel = self.mark


class Pictures(ipywidgets.VBox):
    """Figures, numbers, table and note of a ViewResult; empty before the first.

    Attributes:
        plots: the figures; its ``pixel`` is the one that was clicked.
        numbers, rows, note: what is said with them, as HTML.
    """

    def __init__(self) -> None:
        self.plots = Plots()
        self.numbers, self.rows, self.note = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.HTML()
        super().__init__([self.numbers, self.plots, self.rows, self.note])

    def show(self, result: ViewResult, pixel: tuple[int, int] | None = None) -> None:
        """Show a result, with the pixel (x, y) marked."""
        self.plots.show(result.figures, pixel)
        self.numbers.value = numbers_html(result.numbers)
        self.rows.value = rows_html(result.rows)
        self.note.value = f"<small>{escape(result.note)}</small>"

    def clear(self) -> None:
        """Show nothing."""
        self.show(ViewResult((), ()))
