"""Feature maps of the backbone's stages: what is left of the image from c2 to c5.

Zhu et al., ANN, ICCV 2019, Fig. 7 (ImageNet weights against segmentation weights).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.feature_maps import Components, as_colours, components, mean_absolute, root_mean_square
from gald_viz.figures.feature_maps import StageMap, feature_maps_figure, spectrum_figure
from gald_viz.figures.sheet import Heading
from gald_viz.types import Capture, Control, Look, Number, View, ViewResult
from gald_viz.views._common import has_no, network_name

STAGES = ("backbone.c2", "backbone.c3", "backbone.c4", "backbone.c5")
MEAN, ENERGY, ONE = "mean absolute value", "energy (root mean square)", "one channel"
RGB = "three components as colours"
_LONGEST = 36  # letters of a network's name over its panels
_PLAIN = {MEAN: mean_absolute, ENERGY: root_mean_square}


def missing(capture: Capture) -> str | None:
    """Why there are no stages of a backbone."""
    return None if _stages(capture) else has_no(capture, "stage of a backbone", " that could be shown.")


def controls(capture: Capture) -> tuple[Control, ...]:
    """What is drawn of the channels."""
    most = max(len(capture.stages[name]) for name in _stages(capture))
    tip = "A stage with fewer channels shows its last one."
    return (
        Control("reduction", "Show", "select", MEAN, options=(MEAN, ENERGY, RGB, ONE)),
        Control("channel", "Channel", "slider", 0, maximum=most - 1, help=tip, when=("reduction", (ONE,))),
    )


def render(look: Look) -> ViewResult:
    """A map a stage, of two networks side by side, and how many directions their features have."""
    captures = [look.capture] if look.other is None else [look.capture, look.other]
    names = [network_name(capture) for capture in captures]
    found = [{stage: components(capture.stages[stage]) for stage in _stages(capture)} for capture in captures]
    numbers = _numbers(names, found)
    maps = feature_maps_figure(
        _maps(look, captures, found),
        (look.capture.image.shape[0], look.capture.image.shape[1]),
        2,
        str(look.state["reduction"]),
        Heading(f"Backbone stages: {look.state['reduction']}", _ranks(found)),
    )
    curves = [
        (name, [(_short(stage), one.explained) for stage, one in stages.items()])
        for name, stages in zip(names, found, strict=True)
    ]
    words = "the sooner a line is at the top, the fewer directions the features have"
    spectrum = spectrum_figure(curves, Heading("Variance in the first components", words))
    rows = tuple(
        _row(name, stage, one) for name, all_of in zip(names, found, strict=True) for stage, one in all_of.items()
    )
    note = (
        "Every panel has its own colour range. A component's sign and order are arbitrary, so colours of two stages or "
        "of two networks do not correspond; the numbers do not depend on them. Zero padding can show at the edges."
    )
    return ViewResult((maps, spectrum), numbers, note, rows)


def one_channel(capture: Capture, stage: str, channel: int) -> ViewResult:
    """One channel of any stage of maps, over its own range.

    Raises:
        ValueError: if the stage has no such channel.
    """
    features = capture.stages[stage]
    if not 0 <= channel < len(features):
        raise ValueError(f"channel is {channel}, must be in 0..{len(features) - 1}, those of {stage}.")
    cells = features[channel]
    numbers = (
        Number("lowest", float(cells.min()), "", "Smallest value of the channel."),
        Number("highest", float(cells.max()), "", "Largest value of the channel."),
        Number("mean", float(cells.mean()), "", "Over all positions."),
        Number("spread", float(cells.std()), "", "Standard deviation over the positions."),
    )
    words = " · ".join(f"{number.name} {number.text}" for number in numbers)
    title = f"channel {channel} of {len(features)}, {features.shape[1]}x{features.shape[2]}"
    size = (capture.image.shape[0], capture.image.shape[1])
    heading = Heading(f"{stage} of {network_name(capture)}: one channel", words)
    figure = feature_maps_figure([StageMap(title, cells)], size, 1, "value", heading)
    return ViewResult((figure,), numbers, "The colours span the channel's own range.")


def _stages(capture: Capture) -> list[str]:
    return [name for name in STAGES if name in capture.stages]


def _short(stage: str) -> str:
    return stage.partition(".")[2]


def _maps(look: Look, captures: Sequence[Capture], found: Sequence[dict[str, Components]]) -> list[StageMap]:
    """Stages one after another, of two networks side by side in the rows."""
    maps = []
    for stage in found[0]:
        for capture, parts in zip(captures, found, strict=True):
            if stage in parts:
                features = capture.stages[stage]
                title = f"{_short(stage)}: {len(features)} channels, {features.shape[1]}x{features.shape[2]}"
                if len(captures) > 1:
                    # A column's network is named above it: a name in every title would run into the next one.
                    name = f"{_fitting(network_name(capture))}<br>" if len(maps) < len(captures) else ""
                    title = f"{name}{_short(stage)}"
                maps.append(StageMap(title, _reduced(look, features, parts[stage])))
    return maps


def _fitting(name: str) -> str:
    """A name as long as a panel of a narrow window is wide, with its end, which tells weights apart."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST // 2]}…{name[-_LONGEST // 2 :]}"


def _reduced(look: Look, features: NDArray[np.floating], parts: Components) -> NDArray:
    reduction = look.state["reduction"]
    if reduction == RGB:
        return as_colours(parts.maps)
    if reduction == ONE:
        return features[min(int(look.state["channel"]), len(features) - 1)]
    return _PLAIN[reduction](features)


def _ranks(found: Sequence[dict[str, Components]]) -> str:
    each = [", ".join(f"{one.effective_rank:.1f}" for one in stages.values()) for stages in found]
    told = each[0] if len(each) == 1 else f"first network {each[0]} · second {each[1]}"
    return f"effective rank of {', '.join(map(_short, found[0]))}: {told}"


def _numbers(names: Sequence[str], found: Sequence[dict[str, Components]]) -> tuple[Number, ...]:
    numbers = []
    for name, stages in zip(names, found, strict=True):
        who = "" if len(names) == 1 else f" ({name})"
        for stage, one in stages.items():
            why = f"exp of the entropy of the components' variances; it has {len(one.explained)} channels."
            numbers.append(Number(f"effective rank {_short(stage)}{who}", one.effective_rank, "", why))
    return tuple(numbers)


def _row(name: str, stage: str, one: Components) -> dict[str, object]:
    return {
        "network": name,
        "stage": _short(stage),
        "channels": len(one.explained),
        "effective rank": round(one.effective_rank, 2),
        "first component %": round(100 * float(one.explained[0]), 1),
        "first three %": round(100 * one.shown, 1),
        "idle channels": one.idle,
    }


VIEW = View(
    name="backbone",
    title="Backbone feature maps",
    short="Backbone",
    question="What do the stages of the backbone keep of the image, and in how many directions?",
    order=9,
    stages=STAGES,
    missing=missing,
    controls=controls,
    render=render,
    compares=True,
    answers=("classes", "objects"),
)
