"""The local affinity of the pixel that one clicks, in JupyterLab.

The same view as in the explorer; Li et al., IEEE TIP 2021 (GALD), Fig. 9.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets
import numpy as np
import traitlets
from numpy.typing import NDArray

from gald_viz.types import Capture, ViewResult
from gald_viz.views import VIEWS
from gald_viz.widgets.pictures import Pictures


class AffinityWidget(ipywidgets.VBox):
    """A figure that answers a click on its image; ``pixel`` can be read, set and observed.

    Args:
        capture: a network's look at an image, with ``ld.affinity``.
        label: (H, W) int64 class ids, None without annotation.
        pixel: (x, y) to begin with; by default the middle.
        state: values for the view's controls.

    Attributes:
        pictures: what is shown.

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
        self.pictures = Pictures()
        self.pictures.show(self._look(first))
        super().__init__([self.pictures], pixel=first)
        self.pictures.plots.observe(self._clicked, "pixel")
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
        self.pictures.show(self._look(self.pixel))
        self.pictures.plots.pixel = list(self.pixel)

    def _clicked(self, change: dict[str, Any]) -> None:
        """A click may lie on the frame of the image."""
        height, width = self._capture.image.shape[:2]
        x, y = change["new"]
        self.pixel = min(max(x, 0), width - 1), min(max(y, 0), height - 1)
