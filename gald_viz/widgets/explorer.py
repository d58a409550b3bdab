"""One image looked at from all sides, in JupyterLab: the views of the explorer's page, linked by one pixel."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import ipywidgets
import numpy as np
import traitlets
from numpy.typing import NDArray

from gald_viz.analysis.readout import read_out, small_class_pixel
from gald_viz.types import Look, View
from gald_viz.views import VIEWS
from gald_viz.views.affinity import weights
from gald_viz.views.separation import note_on
from gald_viz.widgets.controls import Knobs
from gald_viz.widgets.linked import LinkedWidget
from gald_viz.widgets.linked_points import PointsWidget
from gald_viz.widgets.looks import Looks, Named, NetworkChoice
from gald_viz.widgets.pictures import Pictures, Plots
from gald_viz.widgets.words import numbers_html, read_out_html, told

ALL = "all"
_POINTS = "separation"  # drawn by a script of its own
_AFFINITY = "affinity"
_GRID = 380  # pixels, width of the weights
_QUESTION = "<b>All at once.</b> What does each stage say at the same pixel? Press a class to hide it."


class ExplorerWidget(ipywidgets.VBox):
    """A view to choose, its controls, and a pixel that every picture marks; a click on a picture moves it.

    What the network says at the pixel, stage by stage, stands above the pictures (ALL says it itself); below them stand
    the weights of its neighbours where the network has a local affinity. What cannot be shown is said in a sentence.

    Args:
        image: (H, W, 3) uint8 RGB.
        networks: one or several, loaded or by name; views that compare take a second one.
        label: (H, W) ids of the first network's classes, None without annotation.
        pixel: (x, y) to begin with; by default one of a small class.
        view: ALL, or a name of VIEWS, to begin with.

    Attributes:
        pixel: (x, y); can be set and observed.
        choice: its ``first`` and ``second`` networks.
        view: the chosen view; its ``value`` can be set.
        knobs: controls of the view that is shown.
        pictures: of a view that is made of figures.
        linked: the panels of ALL, None before they are shown.
        points: the maps of the separation view, None while they are not shown.
        read_out: what the stages say at the pixel, as HTML.
        grid: the figure of the weights at the pixel, where there are some.
        status: what is going on, or wrong, as HTML.
    """

    pixel = traitlets.Tuple(traitlets.Int(), traitlets.Int())

    def __init__(
        self,
        image: Any,
        networks: Named | Sequence[Named],
        label: NDArray[np.integer] | None = None,
        pixel: tuple[int, int] | None = None,
        view: str = ALL,
    ) -> None:
        self.status, self._question, self.read_out = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.HTML()
        self._controls, self._body, self.grid = ipywidgets.VBox(), ipywidgets.VBox(), Plots()
        self.grid.layout.width = f"{_GRID}px"
        self.pictures, self.knobs = Pictures(), Knobs(())
        self.linked: LinkedWidget | None = None
        self.points: PointsWidget | None = None
        self._kept: dict[str, dict[str, Any]] = {}
        super().__init__([self.status])
        with told(self.status):
            self._open(Looks(image, networks, label), pixel, view)

    @traitlets.validate("pixel")
    def _within_the_image(self, proposal: Any) -> tuple[int, int]:
        height, width = self._looks.size
        x, y = proposal["value"]
        if not (0 <= x < width and 0 <= y < height):
            raise ValueError(f"pixel (x, y) is {(x, y)}, must be within 0..{width - 1}, 0..{height - 1}.")
        return x, y

    def _open(self, looks: Looks, pixel: tuple[int, int] | None, view: str) -> None:
        options = [("All at once", ALL), *((one.short or one.title, name) for name, one in VIEWS.items())]
        if view not in dict(options).values():
            raise ValueError(f"view is {view!r}, must be one of {[name for _, name in options]}.")
        self._looks, self.choice = looks, NetworkChoice(looks)
        self.view = ipywidgets.ToggleButtons(options=options, value=view, style={"button_width": "auto"})
        self.pixel = pixel or small_class_pixel(looks.capture(self.choice.first).prediction)
        shown = (self._controls, self.read_out, self.status, self._body, self.grid)
        self.children = (self.choice, self.view, self._question, *shown)
        self.choice.observe(self._choose, ["first", "second"])
        self.view.observe(self._choose, "value")
        self.observe(self._move, "pixel")
        self.pictures.plots.observe(self._clicked, "pixel")
        self._choose()

    def _choose(self, _change: Any = None) -> None:
        """Another network or view: its controls, then its pictures."""
        view = self._view
        self.choice.compares = view is not None and view.compares
        words = _QUESTION if view is None else f"<b>{escape(view.title)}.</b> {escape(view.question)}"
        self._question.value = " ".join(filter(None, (words, escape(self._looks.remark))))
        self.knobs.close()
        self.knobs = Knobs(())
        if view is not None:
            with told(self.status):
                capture = self._looks.capture(self.choice.first)
                if view.unfit(capture) is None:
                    self.knobs = Knobs(view.controls(capture), self._kept.get(view.name))
        self.knobs.observe(self._draw, "state")
        self._draw()

    def _draw(self, _change: Any = None) -> None:
        """The view with its controls as they are."""
        shown: tuple[Any, ...] = ()
        with told(self.status):
            shown = self._shown(self._view, self._look())
        self._controls.children = (self.knobs,)
        # What stays is not drawn anew.
        if shown != self._body.children:
            self._body.children = shown
        self._say()

    def _shown(self, view: View | None, look: Look) -> tuple[Any, ...]:
        if view is None:
            return (self._panels(look),)
        self._kept[view.name] = self.knobs.state
        if view.name == _POINTS:
            return self._maps(view, look)
        self.pictures.show(view.draw(look.capture, look.label, look.state, look.other), self.pixel)
        return (self.pictures,)

    def _panels(self, look: Look) -> LinkedWidget:
        if self.linked is None or self.linked.capture is not look.capture:
            self.linked = LinkedWidget(look.capture, look.label)
            self.linked.observe(self._clicked, "pixel")
        self.linked.pixel = list(self.pixel)
        return self.linked

    def _maps(self, view: View, look: Look) -> tuple[Any, ...]:
        self.points = points = PointsWidget(look)
        points.observe(self._found, "clicked")
        self._mark(points)
        note = note_on(view.look(look)[0], points.layout_found)
        return ipywidgets.HTML(numbers_html(points.numbers)), points, ipywidgets.HTML(f"<small>{escape(note)}</small>")

    def _mark(self, points: PointsWidget) -> None:
        points.clicked = {"image": 0, "x": self.pixel[0], "y": self.pixel[1]}

    def _clicked(self, change: dict[str, Any]) -> None:
        """A click on a figure may lie on the frame of the image."""
        if change["new"]:
            height, width = self._looks.size
            x, y = change["new"]
            self.pixel = min(max(x, 0), width - 1), min(max(y, 0), height - 1)

    def _found(self, change: dict[str, Any]) -> None:
        self.pixel = int(change["new"]["x"]), int(change["new"]["y"])

    def _move(self, _change: Any = None) -> None:
        """Mark the pixel in what is shown, and say what there is to say of it."""
        view = self._view
        with told(self.status):
            if view is None and self.linked is not None:
                self.linked.pixel = list(self.pixel)
            elif view is not None and view.name == _POINTS and self.points is not None:
                self._mark(self.points)
            elif view is not None and view.clickable:
                self._shown(view, self._look())
            else:
                self.pictures.plots.move(self.pixel)
        self._say()

    def _say(self) -> None:
        """The read-out, and the weights unless the view shows them itself."""
        with told(self.status, doing=""):
            capture = self._looks.capture(self.choice.first)
            found = read_out(self._looks.maps(self.choice.first), self._looks.size, self.pixel)
            self.read_out.value = read_out_html(found, capture.class_names)
            # The panels say it themselves.
            self.read_out.layout.display = "none" if self._view is None else None
            affinity = VIEWS[_AFFINITY]
            if affinity.unfit(capture) is not None or self.view.value == _AFFINITY:
                self.grid.show(())
            else:
                self.grid.show([weights(affinity.look(self._look(_AFFINITY))[0]).update_layout(width=_GRID)])

    @property
    def _view(self) -> View | None:
        return None if self.view.value == ALL else VIEWS[self.view.value]

    def _look(self, kept: str = "") -> Look:
        """What the shown view is drawn from, or the one of this name with the controls that it was left with."""
        state = self._kept.get(kept, {}) if kept else self.knobs.state
        return self._looks.look(self.choice.first, {**state, "pixel": self.pixel}, self.choice.compared)
