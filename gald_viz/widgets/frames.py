"""What a network in training says about a few fixed images, in a notebook."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import ipywidgets

from gald_viz import runs, scrubber
from gald_viz.analysis.scrub import METHODS
from gald_viz.widgets.pictures import Plots

_NOTHING = "not shown"


class FixedImages(ipywidgets.VBox):
    """One of the fixed images of a run at one of its validations, chosen by two sliders; empty before the first.

    Args:
        folder: run folder.

    Attributes:
        image: which image.
        step: which validation; whoever looks at the latest keeps looking at the latest.
        least: score of an object that is drawn, of a detector.
        picture: the image with its label and answers.
        scrub: what else is drawn: nothing, or features and class tokens of all steps in one frame, of PCA or UMAP.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder, self._shown, self._choosing = folder, None, False
        self.image = ipywidgets.ToggleButtons(description="Fixed image")
        self.step = ipywidgets.SelectionSlider(options=[0], description="At step")
        self.least = ipywidgets.FloatSlider(runs.LEAST, min=0.05, max=0.95, step=0.05, description="Least score")
        self.scrub = ipywidgets.Dropdown(options=[_NOTHING, *METHODS], description="Features")
        self._held: tuple[tuple[Any, ...], scrubber.RunScrub] | None = None
        self.picture, self._features = Plots(), Plots()
        for control in (self.image, self.step, self.least, self.scrub):
            control.observe(self._draw, "value")

    def refresh(self) -> None:
        """Look at the run folder now."""
        steps, count = runs.frames_of(self._folder)
        if not steps:
            return
        self._choosing = True
        if tuple(self.step.options) != tuple(steps):
            latest = self.step.value == self.step.options[-1] or self.step.value not in steps
            kept = steps[-1] if latest else self.step.value
            self.step.options = steps
            self.step.value = kept
        if len(self.image.options) != count:
            self.image.options = [(str(number + 1), number) for number in range(count)]
            self.image.value = 0
        self._choosing = False
        self._draw()

    def _draw(self, _change: Any = None) -> None:
        # A new last step is another frame.
        frame_of = () if self.scrub.value == _NOTHING else tuple(self.step.options)
        asked = (self.step.value, self.image.value, self.least.value, self.scrub.value, frame_of)
        # New options first choose the first one, which nobody asked for.
        if self._choosing or asked == self._shown or None in asked or not self.step.value:
            return
        self._shown = asked
        frame = runs.frame(self._folder, *asked[:2])
        controls = (self.image, self.step, self.scrub, *([self.least] if frame.has_objects else []))
        self.picture.show((runs.frame_figure(frame, self.least.value),))
        self.children = (ipywidgets.HBox(controls), self.picture, *self._scrubbed())

    def _scrubbed(self) -> tuple[Any, ...]:
        """Features and class tokens at the chosen step, or the sentence that says why there are none."""
        if self.scrub.value == _NOTHING:
            return ()
        if reason := scrubber.missing(self._folder):
            return (ipywidgets.HTML(escape(reason)),)
        key = (self.scrub.value, tuple(self.step.options))
        if self._held is None or self._held[0] != key:
            self._held = key, scrubber.run_scrub(self._folder, self.scrub.value)
        held = self._held[1]
        self._features.show((scrubber.figure_at(held, self.step.value),))
        return self._features, ipywidgets.HTML(escape(scrubber.note(held)))
