"""Features of the stages of a network before and after training on a data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.separation import gather_features, sample_cells, separation
from gald_viz.paper.comparison import chosen
from gald_viz.paper.figure import Facts, Made, PaperFigure, Role
from gald_viz.paper.pictures import Panel, PictureTable, draw_table, table_height
from gald_viz.paper.studio import Studio
from gald_viz.probes.capture import capture
from gald_viz.probes.untrained import untrained
from gald_viz.types import Capture
from models.network import LoadedNetwork

_STAGES = ("backbone.c2", "backbone.c3", "backbone.c4", "backbone.c5", "fcn.features")
_CELLS = 40  # of a class, for the purity
_LOW, _HIGH = 2, 98  # percentiles of a map that its colours span


def compute(studio: Studio) -> Made:
    """Mean activation of every stage, and how pure the neighbourhoods of its features are.

    Raises:
        ValueError: if the network is a detector.
    """
    loaded = studio.network("trained")
    if not isinstance(loaded, LoadedNetwork):
        raise ValueError("the features of a detector's backbone have no pixels' classes; give a segmentation network.")
    file = studio.names.get("ImageNet", "")
    before = untrained(loaded, Path(file) if file else None, studio.settings.seed)
    accuracy = [float((studio.answer("trained", k) == studio.label(k)).mean()) for k in studio.candidates]
    choice = chosen(studio, accuracy, (50,), "the share of right pixels of the trained network")
    index = studio.candidates[choice.indices[0]]
    studio.show([index])
    shots = (
        capture(before, studio.sample(index).image, studio.sample(index).id, _STAGES),
        studio.capture("trained", index, _STAGES),
    )
    purity = [[_purity(shot, name, studio, index) for name in _STAGES] for shot in shots]
    rows = tuple(
        tuple(_panel(shot, name, share) for name, share in zip(_STAGES, shares, strict=True))
        for shot, shares in zip(shots, purity, strict=True)
    )
    who = "ImageNet weights" if file else "random weights"
    names, colors = studio.classes.names, studio.classes.palette()
    table = PictureTable(_STAGES, rows, names, colors, row_titles=(who, "trained"), quantity="activation, low to high")
    numbers = {
        f"purity of {name}, {title}": value
        for title, values in zip((who, "trained"), purity, strict=True)
        for name, value in zip(_STAGES, values, strict=True)
    }
    says = (
        f"Mean activation over the channels, above with {who} in the backbone, below after training on "
        f"{studio.settings.data}; every panel in its own range. Below each panel: how many of the 5 nearest neighbours "
        "in feature space have the same class."
    )
    differs = f"MobileNetV2; {'' if file else 'random weights stand above, since ImageNet weights do not ship: '}"
    differs += (
        "--checkpoint ImageNet=FILE.safetensors puts those of a file there." if not file else "Cityscapes is not used."
    )
    reduction = f"mean over channels, colours from percentile {_LOW} to {_HIGH} of each panel"
    return Made(table, Facts(says, differs, choice.rule, reduction, numbers=numbers))


def _panel(shot: Capture, stage: str, purity: float) -> Panel:
    mean = shot.stages[stage].mean(axis=0)
    low, high = np.percentile(mean, (_LOW, _HIGH))
    shown: NDArray[np.floating] = (mean - low) / max(float(high - low), 1e-12)
    return Panel(shot.image, values=shown, note=f"purity {100 * purity:.0f} %")


def _purity(shot: Capture, stage: str, studio: Studio, index: int) -> float:
    label, features = studio.label(index), shot.stages[stage]
    coarsest = min((shot.stages[name].shape[1:] for name in _STAGES), key=lambda size: size[0] * size[1])
    classes = range(len(studio.classes))
    sample = sample_cells([label], (coarsest[0], coarsest[1]), classes, _CELLS, studio.settings.seed)
    vectors = gather_features([features], sample, [(label.shape[0], label.shape[1])])
    return separation(vectors, sample.class_id, 5).purity


FIGURES = (
    PaperFigure(
        "ann-7",
        "ANN",
        "Fig. 7",
        "Features of the stages before and after training",
        compute,
        draw_table,
        table_height,
        roles=(Role("trained", "scenes-fcn", _STAGES), Role("ImageNet", "", optional=True)),
    ),
)
