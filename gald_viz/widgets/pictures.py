"""What a view draws, in JupyterLab: its figures with the chosen pixel marked in each, its numbers, table and note."""

from __future__ import annotations

from html import escape
from typing import Any

import anywidget
import ipywidgets
import plotly.graph_objects as go
import traitlets

from gald_viz.figures.pixel_mark import NAME, marked_pixel_figure
from gald_viz.figures.theme import PIXEL_AXIS
from gald_viz.types import ViewResult
from gald_viz.widgets.words import numbers_html, rows_html

_CLASS = "gald-pictures"
# A trace tells a click by the cell that it was hovered over; the pixel itself is where the pointer is on the axes.
# Plotly hands a click on to the rectangle below the pointer, which carries the name of its panel, such as x2y2.
_LISTEN = """
export default {
  render({ model, el }) {
    const clicked = (event) => {
      const plot = event.target.closest?.('.js-plotly-plot');
      const panel = event.target.dataset?.subplot?.match(/^x(\\d*)y(\\d*)$/);
      if (!panel || !plot || plot.closest('.CLASS') !== el.closest('.CLASS')) return;
      const x = plot.layout[`xaxis${panel[1]}`], y = plot.layout[`yaxis${panel[2]}`];
      if (x.ticksuffix !== 'UNIT') return;
      const box = event.target.getBoundingClientRect(), [left, right] = x.range, [bottom, top] = y.range;
      model.set('pixel', [
        Math.round(left + (right - left) * (event.clientX + 0.5 - box.left) / box.width),
        Math.round(top + (bottom - top) * (event.clientY + 0.5 - box.top) / box.height),
      ]);
      model.save_changes();
    };
    document.addEventListener('click', clicked);
    return () => document.removeEventListener('click', clicked);
  },
};
""".replace("CLASS", _CLASS).replace("UNIT", PIXEL_AXIS["ticksuffix"])


class Clicks(anywidget.AnyWidget):
    """Listens beside the figures of a Pictures; ``pixel`` is what was clicked last, as [x, y], not cut to the image."""

    _esm = _LISTEN
    pixel = traitlets.List(traitlets.Int()).tag(sync=True)


class Pictures(ipywidgets.VBox):
    """Figures, numbers, table and note of a ViewResult; empty before the first.

    Attributes:
        clicks: its ``pixel`` is the one that was clicked in a panel of the image.
        figures: the figures that are shown.
        numbers, rows, note: what is said with them, as HTML.
    """

    def __init__(self) -> None:
        self.clicks, self.figures = Clicks(), ipywidgets.VBox()
        self.numbers, self.rows, self.note = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.HTML()
        super().__init__([self.numbers, self.figures, self.rows, self.note, self.clicks])
        self.add_class(_CLASS)

    def show(self, result: ViewResult, pixel: tuple[int, int] | None = None) -> None:
        """Show a result, with the pixel (x, y) marked; figures of the same kind are redrawn where they are."""
        drawn = [figure if pixel is None else marked_pixel_figure(figure, pixel) for figure in result.figures]
        shown = self.figures.children
        if len(shown) == len(drawn) and all(map(_alike, shown, drawn)):
            for old, new in zip(shown, drawn, strict=True):
                redraw(old, new)
        else:
            self.figures.children = tuple(go.FigureWidget(figure) for figure in drawn)
            for old in shown:
                old.close()
        self.numbers.value = numbers_html(result.numbers)
        self.rows.value = rows_html(result.rows)
        self.note.value = f"<small>{escape(result.note)}</small>"

    def clear(self) -> None:
        """Show nothing."""
        self.show(ViewResult((), ()))

    def move(self, pixel: tuple[int, int]) -> None:
        """Mark another pixel in the figures that are shown."""
        for figure in self.figures.children:
            with figure.batch_update():
                for trace in figure.select_traces({"name": NAME}):
                    trace.update(x=[pixel[0]] * 2, y=[pixel[1]] * 2)


def redraw(shown: go.FigureWidget, drawn: go.Figure) -> None:
    """Put another figure with the same kinds of traces in the widget's place.

    Traces that were taken away under the mouse would make plotly's hovering fail; a picture that is the same is not
    sent again.
    """
    with shown.batch_update():
        for trace, new in zip(shown.data, drawn.data, strict=True):
            if new.type == "image" and new.source == trace.source:
                continue
            trace.update(new.to_plotly_json(), overwrite=True)
        shown.update_layout(drawn.layout.to_plotly_json(), overwrite=True)


def _alike(shown: Any, drawn: go.Figure) -> bool:
    return [trace.type for trace in shown.data] == [trace.type for trace in drawn.data]
