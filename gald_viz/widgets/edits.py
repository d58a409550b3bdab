"""Change what a stage of a network holds, in JupyterLab: the edits of the explorer's Edit page.

Every number stands beside that of random edits of equal size; only what lies behind the stage runs again.
"""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any

import ipywidgets
import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.edits import BASELINES, EditKind, edits_of, painted_cells
from gald_viz.analysis.readout import class_name_of
from gald_viz.editing import Done, Request, do_edit, edit_result, editable_stages, how_held, words_of
from gald_viz.figures.intervention import Scene
from gald_viz.probes.replay import Replay
from gald_viz.widgets.controls import offer
from gald_viz.widgets.looks import Looks, Named
from gald_viz.widgets.pictures import Pictures
from gald_viz.widgets.words import told

EVERYWHERE = "everywhere"
_WIDE = {"style": {"description_width": "initial"}}


class EditWidget(ipywidgets.VBox):
    """A stage, an edit, how strong and where: the answer before and after, and what random edits of equal size do.

    Args:
        image: (H, W, 3) uint8 RGB.
        network: loaded or by name.
        label: (H, W) ids of the network's classes, None without annotation.
        stage: to begin with; by default a mask or an affinity.
        edit: to begin with; the first one changes nothing.

    Attributes:
        stage, edit, amount, seed, where, baseline, seeds: the choices; their ``value`` can be set. ``where`` is
            EVERYWHERE or a class id of the answer before the edit.
        done: what the last edit did, None before one was done.
        verdict: what the edit did, in one sentence, as HTML.
        pictures: what is shown.
        status: what is going on, or wrong, as HTML.
    """

    def __init__(
        self, image: Any, network: Named, label: NDArray[np.integer] | None = None, stage: str = "", edit: str = ""
    ) -> None:
        self.status, self.verdict, self.pictures = ipywidgets.HTML(), ipywidgets.HTML(), Pictures()
        self.stage, self.edit = ipywidgets.Dropdown(description="Stage"), ipywidgets.Dropdown(description="Edit")
        self.amount = ipywidgets.FloatSlider(1.0, step=0.05, continuous_update=False, **_WIDE)
        self.seed = ipywidgets.BoundedIntText(0, 0, 9999, description="Seed of the shuffle", **_WIDE)
        self.where = ipywidgets.Dropdown(description="Where")
        self.baseline = ipywidgets.Dropdown(
            options=BASELINES, description="Random edits", layout={"width": "auto"}, **_WIDE
        )
        self.seeds = ipywidgets.IntSlider(5, 1, 20, description="How many", continuous_update=False, **_WIDE)
        self.done: Done | None = None
        self._settling = False
        super().__init__([self.status])
        with told(self.status):
            self._open(Looks(image, network, label), stage, edit)

    def _open(self, looks: Looks, stage: str, edit: str) -> None:
        (self._name,) = looks.networks
        self._looks, self._network = looks, looks.networks[self._name]
        stages = editable_stages(self._network.model)
        if not stages:
            raise ValueError(f"{self._name} has no stage of maps that could be edited.")
        if stage and stage not in stages:
            raise ValueError(f"stage is {stage!r}, must be one of {stages}.")
        self.stage.options, self.stage.value = stages, stage or stages[0]
        self._hold()
        if edit and edit not in self._kinds:
            raise ValueError(f"edit is {edit!r}, must be one of {list(self._kinds)}.")
        self.edit.value = edit or self.edit.value
        self._choose_edit()
        row, remark = ipywidgets.Layout(flex_flow="row wrap"), ipywidgets.HTML(f"<small>{escape(looks.remark)}</small>")
        what = ipywidgets.HBox([self.stage, self.edit, self.amount, self.seed, self.where], layout=row)
        self.children = (
            what,
            ipywidgets.HBox([self.baseline, self.seeds], layout=row),
            remark,
            self.status,
            self.verdict,
            self.pictures,
        )
        self.stage.observe(self._choose_stage, "value")
        self.edit.observe(self._choose_edit, "value")
        for control in (self.edit, self.amount, self.seed, self.where, self.baseline, self.seeds):
            control.observe(self._do, "value")
        self._do()

    def _choose_stage(self, _change: Any) -> None:
        with told(self.status, "Looking at the image …"):
            self._hold()
            self._choose_edit()
        self._do()

    def _hold(self) -> None:
        """The network held at the chosen stage, whose edits are offered."""
        self._held = Replay(self._network, self._looks.image, self.stage.value)
        self._kinds: dict[str, EditKind] = edits_of(self._held.info)
        names = self._network.model.classes.names
        present = [int(k) for k in np.unique(self._held.answer.prediction) if k < len(names)]
        self._settling = True
        offer(self.edit, {kind.label: name for name, kind in self._kinds.items()})
        offer(self.where, {EVERYWHERE: EVERYWHERE, **{f"on {class_name_of(names, k)}": k for k in present}})
        self._settling = False

    def _choose_edit(self, _change: Any = None) -> None:
        """What the edit takes, where it takes anything."""
        kind = self._kinds[self.edit.value]
        self.seed.layout.display = None if kind.seeded else "none"
        self.amount.layout.display = "none" if kind.amount is None else None
        if kind.amount is not None and self.amount.description != kind.amount.label:
            taken, settling = kind.amount, self._settling
            self._settling = True
            # Bounds that do not hold the value between them are refused one by one.
            self.amount.min, self.amount.max = min(self.amount.min, taken.minimum), max(self.amount.max, taken.maximum)
            self.amount.value, self.amount.description = taken.start, taken.label
            self.amount.min, self.amount.max = taken.minimum, taken.maximum
            self._settling = settling

    def _do(self, _change: Any = None) -> None:
        if self._settling:
            return
        with told(self.status, "Running what lies behind the stage …"):
            self.done = None
            kind, classes, held = self._kinds[self.edit.value], self._network.model.classes, self._held
            request = Request(
                self.stage.value,
                self.edit.value,
                self.amount.value if kind.amount is not None else 1.0,
                self.seed.value,
                self.baseline.value,
                self.seeds.value,
            )
            self.done = do_edit(held, request, self._looks.label(self._name), self._cells())
            scene = Scene(self._looks.image, classes.names, classes.palette())
            result = edit_result(self.done, scene, words_of(held, request))
            self.verdict.value = f"<b>{escape(result.note)}</b>"
            self.pictures.show(replace(result, note=f"{how_held(held)}."))
        if self.done is None:
            self.verdict.value = ""
            self.pictures.clear()

    def _cells(self) -> NDArray[np.bool_] | None:
        if self.where.value == EVERYWHERE:
            return None
        region = self._held.answer.prediction == self.where.value
        return painted_cells(region, (self._held.value.shape[1], self._held.value.shape[2]))
