"""Maps of sampled cells and their images, linked both ways, in JupyterLab: the explorer's separation view."""

from __future__ import annotations

from typing import Any

import traitlets

from gald_viz.analysis.layout import find_pixel
from gald_viz.figures.linked import script
from gald_viz.figures.linked_points import SCRIPT, marked_pixel
from gald_viz.types import Look
from gald_viz.views import VIEWS
from gald_viz.views.separation import album_of, laid_out, linked, numbers_of
from gald_viz.widgets.scripted import Scripted

_DRAW = """
function draw(model, el) {
  const told = (what) => {
    for (const [name, value] of Object.entries(what)) model.set(name === 'pixel' ? 'clicked' : name, value);
    model.save_changes();
  };
  const all = () => mount(el, model.get('data'), told);
  model.on('change:data', all);
  all();
  return () => model.off('change:data', all);
}
"""


class PointsWidget(Scripted):
    """Dots to choose from; ``selected`` holds the numbers of the chosen samples and can be observed.

    ``layout_found`` is what was laid out: its ``sample`` tells the cells of the numbers. ``numbers`` back the maps.

    Args:
        look: a capture with its label, and what else the separation view reads, such as a second network's look.

    Raises:
        ValueError: if the view does not apply, or the images hold too few cells.
    """

    script = script(SCRIPT) + _DRAW
    data = traitlets.Dict().tag(sync=True)
    selected = traitlets.List(traitlets.Int()).tag(sync=True)
    clicked = traitlets.Dict().tag(sync=True)

    def __init__(self, look: Look) -> None:
        complete, _ = VIEWS["separation"].look(look)
        self.layout_found = laid_out(complete)
        self.numbers = numbers_of(self.layout_found)
        self.album = album_of(complete)
        super().__init__(data=linked(complete, self.layout_found), selected=[], clicked={})
        self.observe(self._find, "clicked")

    def _find(self, change: dict[str, Any]) -> None:
        """Mark the clicked pixel in the maps, and choose the sampled cell nearest to it."""
        if not change["new"]:
            return
        sent = change["new"]
        found = find_pixel(self.layout_found, int(sent["image"]), (int(sent["x"]), int(sent["y"])))
        self.selected = [found.nearest] if found.nearest >= 0 else []
        self.data = {**self.data, "selected": self.selected, "pixel": marked_pixel(found, self.album)}
