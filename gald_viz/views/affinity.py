"""Local affinity: from which neighbours the clicked position takes its context.

Li et al., IEEE TIP 2021 (GALD), Fig. 9.
"""

from __future__ import annotations

import math
from typing import Any

from gald_viz.analysis.affinity import PixelAffinity, affinity_maps, affinity_of_pixel
from gald_viz.analysis.readout import class_name_of
from gald_viz.figures.affinity import AffinityStyle, affinity_figure, affinity_maps_figure
from gald_viz.figures.sheet import Heading
from gald_viz.figures.weights import weights_figure
from gald_viz.types import Capture, Control, Look, Number, View, ViewResult
from gald_viz.views._common import has_no, network_name, regions_of, subtitle

STAGE = "ld.affinity"
WHOLE, NEAR = "whole image", "around the pixel"


def missing(capture: Capture) -> str | None:
    """Why there is no affinity to draw."""
    if STAGE in capture.stages:
        return None
    name = network_name(capture)
    if "ld.mask" in capture.stages:
        return (
            f"{name} hands its context out by a mask (LDv1), which looks at no neighbours. "
            "See the LD mask maps, or choose a checkpoint with LDv2."
        )
    return has_no(capture, "local affinity", ": it hands no context out. Choose a checkpoint with LDv2.")


def controls(_capture: Capture) -> tuple[Control, ...]:
    """Frame, contrast clip, and whether to draw the whole-image maps."""
    return (
        Control("frame", "Frame", "select", WHOLE, options=(WHOLE, NEAR)),
        Control(
            "clip",
            "Contrast clip (% of the largest weight)",
            "slider",
            100,
            minimum=5,
            maximum=100,
            step=5,
            help="Weights above it share the strongest colour, so that small ones can be told apart.",
        ),
        Control("maps", "Self-weight and entropy of the whole image", "toggle", True),
    )


def render(look: Look) -> ViewResult:
    """The pixel's neighbours, and the whole map at a glance."""
    capture = look.capture
    result = at_pixel(look)
    numbers, names = numbers_of(look, result), capture.class_names
    dilation = int(capture.stage_info[STAGE]["dilation"])
    style = AffinityStyle(limit_of(look, result), look.state["frame"] == NEAR, dilation)
    title = f"Local affinity of pixel ({result.pixel[0]}, {result.pixel[1]}), {class_name_of(names, result.own_class)}"
    figure = affinity_figure(capture.image, result, names, style, Heading(title, subtitle(numbers[:3])))
    everywhere = whole_image(look)
    return ViewResult((figure, *everywhere.figures), numbers, everywhere.note)


def whole_image(look: Look) -> ViewResult:
    """What does not depend on the pixel: the maps where they are asked for, and the note."""
    capture = look.capture
    info, figures = capture.stage_info[STAGE], ()
    if look.state["maps"]:
        maps = affinity_maps(capture.stages[STAGE])
        average = f"mean self-weight {maps.self_weight.mean():.3f} · mean entropy {maps.entropy.mean():.2f} nats"
        heading = Heading("Self-weight and entropy of every position", average)
        figures = (affinity_maps_figure(capture.image, maps, heading),)
    border = {"zero": "keep their share of the softmax", "exclude": "are left out of the softmax"}
    _, whose = regions_of(capture, look.label)
    note = (
        f"{whose} {info['kernel']}x{info['kernel']} neighbours, {int(info['dilation'])} cells apart; neighbours "
        f"outside the map {border.get(info.get('border', 'zero'), 'follow the border rule of the network')}."
    )
    return ViewResult(figures, (), note)


def at_pixel(look: Look) -> PixelAffinity:
    """The weights of state["pixel"] = (x, y), of the middle without one.

    Raises:
        ValueError: if the pixel is not in the image.
    """
    capture = look.capture
    height, width = capture.image.shape[:2]
    x, y = look.state.get("pixel") or (width // 2, height // 2)
    labels, _ = regions_of(capture, look.label)
    dilation = int(capture.stage_info[STAGE]["dilation"])
    return affinity_of_pixel(capture.stages[STAGE], (int(x), int(y)), labels, dilation, capture.ignore_id)


def limit_of(look: Look, result: PixelAffinity) -> float:
    """Weight at the end of the colour scale."""
    return max(float(result.weight.max()) * look.state["clip"] / 100, 1e-6)


def weights(look: Look) -> Any:
    """The pixel's weights as a grid, a plotly figure for a host that shows the image itself."""
    result, capture = at_pixel(look), look.capture
    x, y = result.pixel
    heading = Heading(f"Pixel ({x}, {y}): {class_name_of(capture.class_names, result.own_class)}", "weights in percent")
    dilation = int(capture.stage_info[STAGE]["dilation"])
    return weights_figure(result, capture.class_names, limit_of(look, result), dilation, heading)


def numbers_of(look: Look, result: PixelAffinity) -> tuple[Number, ...]:
    """The numbers of at_pixel's result."""
    most = math.log(len(look.capture.stages[STAGE]))
    return (
        Number("entropy", result.entropy, f"of {most:.2f} nats", "0: one neighbour has all; the largest: equal."),
        Number("on the own class", result.share_own, "%", "Weight on neighbours of the pixel's class."),
        Number("outside the map", result.share_outside, "%", "Weight on neighbours that do not exist."),
        Number(
            "kept for itself",
            float(result.weight[len(result.weight) // 2]),
            "%",
            "Weight on the position itself.",
        ),
    )


VIEW = View(
    name="affinity",
    title="Local affinity",
    short="Local affinity",
    question="From which neighbours does the clicked position take its context?",
    order=2,
    stages=(STAGE,),
    missing=missing,
    controls=controls,
    render=render,
    clickable=True,
    answers=("classes", "objects"),
)
