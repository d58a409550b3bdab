"""LD mask maps: how far the network opens for its context, where.

Li et al., IEEE TIP 2021 (GALD), Fig. 7; Li et al., BMVC 2019, Fig. 4.
"""

from __future__ import annotations

import numpy as np

from gald_viz.analysis.mask import (
    GateByClass,
    GateBySize,
    gate_by_class,
    gate_by_size,
    mean_mask,
    most_unlike_channels,
)
from gald_viz.analysis.resize import bilinear
from gald_viz.figures.mask import MaskPanel, gate_figure, mask_figure
from gald_viz.figures.sheet import Heading
from gald_viz.types import Capture, Control, Look, Number, View, ViewResult
from gald_viz.views._common import BAND, OPACITY, has_no, network_name, regions_of, subtitle

STAGE = "ld.mask"
MEAN, ONE, UNLIKE = "mean over channels", "one channel", "channels most unlike the mean"
LIMITS = {"own range": None, "0.5 to 1": (0.5, 1.0), "0 to 1": (0.0, 1.0)}


def missing(capture: Capture) -> str | None:
    """Why there is no mask to draw."""
    if STAGE in capture.stages:
        return None
    name = network_name(capture)
    if "ld.affinity" in capture.stages:
        return (
            f"{name} hands its context out by a local affinity (LDv2), not by a mask. "
            "See the local affinity view, or choose a checkpoint with LDv1."
        )
    return has_no(capture, "LD mask", ": it hands no context out. Choose a checkpoint with LDv1.")


def controls(capture: Capture) -> tuple[Control, ...]:
    """Reduction over the channels, colour limits, opacity, band."""
    channels = len(capture.stages[STAGE])
    most = min(6, channels)
    return (
        Control("reduction", "Show", "select", MEAN, options=(MEAN, ONE, UNLIKE)),
        Control("channel", "Channel", "slider", 0, maximum=channels - 1, when=("reduction", (ONE,))),
        Control(
            "count",
            "Channels",
            "slider",
            min(3, most),
            minimum=1,
            maximum=most,
            when=("reduction", (UNLIKE,)),
        ),
        Control("limits", "Colour limits", "select", "own range", options=tuple(LIMITS)),
        OPACITY,
        BAND,
    )


def render(look: Look) -> ViewResult:
    """Maps over the image, and the gate by class and by object size."""
    panels = _panels(look)
    shown = np.stack([panel.cells.ravel() for panel in panels])
    own = (float(shown.min()), float(shown.max()))
    limits = LIMITS[look.state["limits"]] or own

    labels, whose = regions_of(look.capture, look.label)
    classes = len(look.capture.class_names)
    by_class = gate_by_class(panels[0].gate, labels, classes, int(look.state["band"]))
    by_size = gate_by_size(panels[0].gate, labels, classes)
    numbers = _numbers(own, by_class, by_size)
    maps = mask_figure(
        look.capture.image,
        panels,
        limits,
        look.state["opacity"],
        Heading(f"LD mask: {look.state['reduction']}", subtitle(numbers[:4])),
    )
    gates = gate_figure(
        by_class,
        by_size,
        look.capture.class_names,
        look.capture.class_colors,
        Heading(f"Gate by class and by object size: {panels[0].title}", subtitle(numbers[4:])),
    )
    note = f"{whose} M scales the context: the network adds M times the context to what it has."
    return ViewResult((maps, gates), numbers, note)


def _panels(look: Look) -> tuple[MaskPanel, ...]:
    mask = look.capture.stages[STAGE]
    reduction = look.state["reduction"]
    if reduction == UNLIKE:
        chosen = most_unlike_channels(mask, int(look.state["count"]))
        return (
            _panel(look.capture, mean_mask(mask), MEAN),
            *(_panel(look.capture, mask[k], f"channel {k}") for k in chosen),
        )
    captures = [look.capture] if look.other is None else [look.capture, look.other]
    panels = []
    for capture in captures:
        own = capture.stages[STAGE]
        channel = min(int(look.state["channel"]), len(own) - 1)
        cells = own[channel] if reduction == ONE else mean_mask(own)
        what = f"channel {channel} of {len(own)}" if reduction == ONE else f"mean of {len(own)} channels"
        panels.append(_panel(capture, cells, f"{network_name(capture)}, {what}"))
    return tuple(panels)


def _panel(capture: Capture, cells: np.ndarray, title: str) -> MaskPanel:
    # The mask has the context's size; from there on the network resizes its logits like this.
    return MaskPanel(title, bilinear(cells, capture.image.shape[:2]), cells)


def _numbers(own: tuple[float, float], by_class: GateByClass, by_size: GateBySize) -> tuple[Number, ...]:
    band = by_class.band
    return (
        Number("lowest gate", own[0], "", "Smallest value of the maps shown."),
        Number("highest", own[1], "", "Largest value of the maps shown."),
        Number("interior", by_class.total_interior, "", f"Mean gate farther than {band} px from a boundary."),
        Number("boundary", by_class.total_boundary, "", f"Mean gate within {band} px of a boundary."),
        Number("rank correlation with size", by_size.spearman, "", "Spearman, gate and area of every object."),
        Number("correlation with log size", by_size.pearson, "", "Pearson, gate and log10 of the area."),
        Number("objects", len(by_size.area), "", "Connected regions of one class with at least 16 px."),
    )


VIEW = View(
    name="masks",
    title="LD mask maps",
    short="LD masks",
    question="Where does each position take more of the global context, and where less?",
    order=1,
    stages=(STAGE,),
    missing=missing,
    controls=controls,
    render=render,
    compares=True,
    answers=("classes", "objects"),
)
