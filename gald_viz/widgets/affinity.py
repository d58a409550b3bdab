"""The local affinity of the pixel that one clicks, in JupyterLab.

The same view as in the explorer; Li et al., IEEE TIP 2021 (GALD), Fig. 9.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import ipywidgets
import numpy as np
import plotly.graph_objects as go
import traitlets
from numpy.typing import NDArray

from gald_viz.types import Capture, ViewResult
from gald_viz.views import VIEWS
from gald_viz.widgets.words import numbers_html


class AffinityWidget(ipywidgets.VBox):
    """A figure that answers a click on its image; ``pixel`` can be read, set and observed.

    Args:
        capture: a network's look at an image, with ``ld.affinity``.
        label: (H, W) int64 class ids, None without annotation.
        pixel: (x, y) to begin with; by default the middle.
        state: values for the view's controls.

    Raises:
        ValueError: if the network has no local affinity, or the label does not fit.
    """

    pixel = traitlets.Tuple(traitlets.Int(), traitlets.Int())

    def __init__(
        self,
        capture: Capture,
        label: NDArray[np.int64] | None = None,
        pixel: tuple[int, int] | None = None,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        self._capture, self._label = capture, label
        self._state = {"maps": False, **(state or {})}
        height, width = capture.image.shape[:2]
        first = pixel or (width // 2, height // 2)
        result = self._look(first)
        self.figure = go.FigureWidget(result.figures[0])
        # With "skip", as the view sets it, plotly does not report clicks either.
        self.figure.data[0].hoverinfo = "none"
        self.numbers = ipywidgets.HTML(_sentence(result))
        super().__init__([self.figure, self.numbers], pixel=first)
        self._listen()
        self.observe(self._redraw, "pixel")

    @traitlets.validate("pixel")
    def _within_the_image(self, proposal: Any) -> tuple[int, int]:
        height, width = self._capture.image.shape[:2]
        x, y = proposal["value"]
        if not (0 <= x < width and 0 <= y < height):
            raise ValueError(f"pixel (x, y) is {(x, y)}, must be within 0..{width - 1}, 0..{height - 1}.")
        return x, y

    def _look(self, pixel: tuple[int, int]) -> ViewResult:
        return VIEWS["affinity"].draw(self._capture, self._label, {**self._state, "pixel": pixel})

    def _redraw(self, _change: Any) -> None:
        result = self._look(self.pixel)
        drawn = result.figures[0]
        # The image stays; traces that were taken away under the mouse would make plotly's hovering fail.
        with self.figure.batch_update():
            for trace, new in zip(self.figure.data[1:], drawn.data[1:], strict=True):
                trace.update(new.to_plotly_json(), overwrite=True)
            self.figure.update_layout(drawn.layout.to_plotly_json(), overwrite=True)
        self.numbers.value = _sentence(result)

    def _listen(self) -> None:
        """Answer clicks on the image, and on the neighbours that lie over it."""
        for trace in self.figure.data:
            if trace.xaxis in (None, "x"):
                trace.on_click(self._clicked)

    def _clicked(self, _trace: Any, points: Any, _state: Any) -> None:
        if not points.xs:
            return
        height, width = self._capture.image.shape[:2]
        x, y = round(points.xs[0]), round(points.ys[0])
        self.pixel = min(max(x, 0), width - 1), min(max(y, 0), height - 1)


def _sentence(result: ViewResult) -> str:
    return f"{numbers_html(result.numbers)}<br><small>{escape(result.note)}</small>"
