"""Everything of one image side by side, with one zoom and one cursor, in JupyterLab: the explorer's panels."""

from __future__ import annotations

import numpy as np
import traitlets
from numpy.typing import NDArray

from gald_viz.analysis.linked import linked_maps
from gald_viz.figures.linked import payload, script
from gald_viz.types import Capture, check_label
from gald_viz.widgets.scripted import Scripted

_DRAW = """
function draw(model, el) {
  const chosen = (pixel) => { model.set('pixel', pixel); model.save_changes(); };
  const all = () => mount(el, { ...model.get('data'), pixel: model.get('pixel') }, chosen);
  const kept = () => keep(el, model.get('pixel'));
  model.on('change:data', all);
  model.on('change:pixel', kept);
  all();
  return () => { model.off('change:data', all); model.off('change:pixel', kept); };
}
"""


class LinkedWidget(Scripted):
    """Panels of one image; ``pixel`` is the kept one, as [x, y]: a click keeps another. It can be set and observed.

    Args:
        capture: a network's look at an image.
        label: (H, W) int64 class ids, None without annotation.

    Attributes:
        capture: what is shown.

    Raises:
        ValueError: if the label does not fit the image or the classes.
    """

    script = script() + _DRAW
    data = traitlets.Dict().tag(sync=True)
    pixel = traitlets.List(traitlets.Int()).tag(sync=True)

    def __init__(self, capture: Capture, label: NDArray[np.int64] | None = None) -> None:
        check_label(capture, label)
        title = f"{capture.provenance.get('checkpoint', '')}, {capture.provenance.get('image', '')}".strip(", ")
        self.capture, maps = capture, linked_maps(capture, label)
        super().__init__(data=payload(maps, capture.class_names, capture.class_colors, title), pixel=[])
