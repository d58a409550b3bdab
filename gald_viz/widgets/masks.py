"""The channels of an LD mask one after another, in JupyterLab: the explorer's masks view, browsed in a chosen order.

Li et al., IEEE TIP 2021 (GALD), Fig. 7. The maps that the mask acts on, and those that it leads to, can be browsed too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any

import ipywidgets
import numpy as np
import traitlets
from numpy.typing import NDArray

from gald_viz.analysis.mask import distance_to_mean
from gald_viz.types import Number, ViewResult
from gald_viz.views import VIEWS
from gald_viz.views.backbone import one_channel
from gald_viz.views.masks import ONE, STAGE
from gald_viz.widgets.controls import Knobs, offer
from gald_viz.widgets.looks import Looks, Named, NetworkChoice
from gald_viz.widgets.pictures import Pictures
from gald_viz.widgets.words import told

UNLIKE, NUMBERED = "most unlike the mean first", "by number"
ORDERS = (UNLIKE, NUMBERED)
_SET = ("reduction", "channel", "count")  # controls of the view that the browser sets itself
_KINDS = ("mask", "features")
_NARROW = {"width": "auto"}
_WHAT = "Root mean square over the positions of channel less mean over channels."


class MaskBrowser(ipywidgets.VBox):
    """One channel of a stage at a time; the buttons go to the next and the previous one of the order.

    Args:
        image: (H, W, 3) uint8 RGB.
        networks: one or several, loaded or by name; a mask can be compared with that of a second network.
        label: (H, W) ids of the first network's classes, None without annotation.
        channel: to begin with; by default the first of the order.

    Attributes:
        channel: number of the channel that is shown; can be set and observed.
        choice: its ``first`` and ``second`` networks.
        stage, order, place: which stage, in which order, and which of it; their ``value`` can be set.
        back, forward: the buttons.
        knobs: limits, opacity and band of the masks view.
        pictures: what is shown.
        status: what is going on, or wrong, as HTML.
    """

    channel = traitlets.Int()

    def __init__(
        self,
        image: Any,
        networks: Named | Sequence[Named],
        label: NDArray[np.integer] | None = None,
        channel: int | None = None,
    ) -> None:
        self.status, self._remark, self._controls = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.VBox()
        self.pictures, self.knobs = Pictures(), Knobs(())
        self.stage = ipywidgets.Dropdown(description="Stage")
        self.order = ipywidgets.Dropdown(options=ORDERS, description="Order")
        self.back, self.forward = (
            ipywidgets.Button(description=word, layout=_NARROW) for word in ("← Previous", "Next →")
        )
        self.place = ipywidgets.IntSlider(1, 1, 1, description="Place", continuous_update=False)
        self._rank: list[int] = []
        self._distance, self._settling = np.zeros(0), False
        super().__init__([self.status])
        with told(self.status):
            self._open(Looks(image, networks, label), channel)

    @traitlets.validate("channel")
    def _there(self, proposal: Any) -> int:
        if not 0 <= proposal["value"] < len(self._rank):
            raise ValueError(f"channel is {proposal['value']}, must be in 0..{len(self._rank) - 1}.")
        return proposal["value"]

    def _open(self, looks: Looks, channel: int | None) -> None:
        self._looks, self.choice = looks, NetworkChoice(looks)
        self._choose_network()
        row = ipywidgets.Layout(flex_flow="row wrap")
        walk = ipywidgets.HBox([self.stage, self.order, self.back, self.place, self.forward], layout=row)
        self.children = (self.choice, walk, self._controls, self._remark, self.status, self.pictures)
        self.choice.observe(self._choose_network, "first")
        self.choice.observe(self._draw, "second")
        self.stage.observe(self._choose_stage, "value")
        self.order.observe(self._sort, "value")
        self.place.observe(lambda change: self._go(change["new"]), "value")
        self.back.on_click(lambda _button: self._go((self.place.value - 2) % len(self._rank) + 1))
        self.forward.on_click(lambda _button: self._go(self.place.value % len(self._rank) + 1))
        self.observe(self._draw, "channel")
        if channel is not None:
            self.channel = channel

    def _choose_network(self, _change: Any = None) -> None:
        """Offer the stages of the network, a mask before the features."""
        with told(self.status):
            capture = self._looks.capture(self.choice.first)
            kinds = {name: capture.stage_info[name]["kind"] for name, held in capture.stages.items() if held.ndim == 3}
            names = [name for kind in _KINDS for name in kinds if kinds[name] == kind]
            if not names:
                raise ValueError(f"{self.choice.first} has no stage of maps whose channels could be browsed.")
            self._remark.value = escape(" ".join(filter(None, (VIEWS["masks"].unfit(capture), self._looks.remark))))
            self._settling = True
            offer(self.stage, dict(zip(names, names, strict=True)))
            self._settling = False
            self._choose_stage()

    def _choose_stage(self, _change: Any = None) -> None:
        if self._settling:
            return
        capture, mask = self._looks.capture(self.choice.first), self.stage.value == STAGE
        self.choice.compares = mask
        self.knobs.close()
        controls = VIEWS["masks"].controls(capture) if mask else ()
        self.knobs = Knobs([one for one in controls if one.key not in _SET], self.knobs.state)
        self.knobs.observe(self._draw, "state")
        self._controls.children = (self.knobs,)
        self._settling = True
        self._distance = distance_to_mean(capture.stages[self.stage.value])
        self._rank = self._ranked()
        self.channel, self.place.value, self.place.max = self._rank[0], 1, len(self._rank)
        self._settling = False
        self._draw()

    def _sort(self, _change: Any = None) -> None:
        """The channels in the chosen order; the one that is shown stays."""
        self._rank = self._ranked()
        self.place.value = self._rank.index(self.channel) + 1

    def _ranked(self) -> list[int]:
        unlike = np.argsort(-self._distance, kind="stable").tolist()
        return unlike if self.order.value == UNLIKE else sorted(unlike)

    def _go(self, place: int) -> None:
        if not self._settling:
            self.channel = self._rank[place - 1]

    def _draw(self, _change: Any = None) -> None:
        if self._settling:
            return
        self.place.value = self._rank.index(self.channel) + 1
        with told(self.status):
            self.pictures.show(self._drawn())

    def _drawn(self) -> ViewResult:
        name, distance = self.choice.first, self._distance
        rank = int((distance > distance[self.channel]).sum()) + 1
        own = (
            Number("channel", self.channel, "", "Counted from 0."),
            Number("distance to the mean", float(distance[self.channel]), "", _WHAT),
            Number("rank", rank, f"of {len(distance)}", "By the distance to the mean, 1 is most unlike."),
        )
        capture = self._looks.capture(name)
        if self.stage.value == STAGE:
            state = {**self.knobs.state, "reduction": ONE, "channel": self.channel}
            look = self._looks.look(name, state, self.choice.compared)
            result = VIEWS["masks"].draw(capture, look.label, state, look.other)
        else:
            result = one_channel(capture, self.stage.value, self.channel)
        return replace(result, numbers=(*own, *result.numbers))
