"""Stage predictions: what one network would answer after FCN, after GA and after GALD.

Li et al., IEEE TIP 2021 (GALD), Fig. 8.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.path import (
    PATHS,
    STAGES,
    StagePaths,
    path_name,
    sankey_links,
    stage_changes,
    stage_paths,
    stage_prediction,
    step_boxes,
)
from gald_viz.figures.path import StageScene, path_figure, stage_changes_figure, stages_figure
from gald_viz.figures.sheet import Heading
from gald_viz.types import Capture, Control, Look, Number, View, ViewResult
from gald_viz.views._common import OPACITY, has_no, network_name, subtitle

ALONE = (
    "The GA classifier reads the context alone, while the output of a GALD network reads the backbone's feature beside "
    "it: what the context need not hold counts as broken by GA and mended by GALD."
)
NEEDED = ("fcn.logits", "ga.logits", "gald.logits")


def missing(capture: Capture) -> str | None:
    """Which stage classifiers the network lacks."""
    absent = [name for name in NEEDED if name not in capture.stages]
    if not absent:
        return None
    stages = ", ".join(name.split(".")[0].upper() for name in absent)
    why = ". Choose a GALD checkpoint with stage classifiers, or train them with `gald probe`."
    return has_no(capture, f"classifier for {stages}", why)


def controls(_capture: Capture) -> tuple[Control, ...]:
    """Opacity, and boxes of each kind."""
    boxes = Control(
        "boxes",
        "Boxes of each kind",
        "slider",
        2,
        minimum=0,
        maximum=5,
        help="The largest regions that a stage mends, and as many of those that it breaks.",
    )
    return OPACITY, boxes


def render(look: Look) -> ViewResult:
    """Panels of the stages; with a label also every pixel's path."""
    capture = look.capture
    size = capture.image.shape[:2]
    fcn, ga, gald = (stage_prediction(capture.stages[name], size) for name in NEEDED)
    scene = StageScene(capture.image, (fcn, ga, gald), capture.class_names, capture.class_colors, look.state["opacity"])
    title = f"Stage predictions of {network_name(capture)}"
    if look.label is None:
        changes = stage_changes(scene.predictions)
        numbers = (
            Number("GA changes", float(changes.by_ga.mean()), "%", "Pixels whose class differs from FCN's."),
            Number("GALD changes", float(changes.by_gald.mean()), "%", "Pixels whose class differs from GA's."),
        )
        figure = stage_changes_figure(scene, changes, Heading(title, subtitle(numbers)))
        note = f"Right and wrong need a label, and this image has none. {_trunk(capture)}"
        return ViewResult((figure,), numbers, note)
    return _with_label(scene, look.label, look, title)


def _with_label(scene: StageScene, label: NDArray[np.int64], look: Look, title: str) -> ViewResult:
    paths = stage_paths(scene.predictions, label, look.capture.ignore_id)
    boxes = [step_boxes(paths, step, int(look.state["boxes"])) for step in (0, 1)]
    numbers = _numbers(paths)
    main = stages_figure(scene, label, paths, boxes, Heading(title, subtitle(numbers[3:7])))
    total = int(paths.counts.sum())
    flow = path_figure(
        paths,
        sankey_links(paths),
        Heading("Paths of the pixels", f"right or wrong at each stage; the paths sum to all {total:,} labelled px"),
    )
    rows = tuple(
        {
            "path": path_name(code),
            "pixels": int(paths.counts[code]),
            "share %": round(100 * float(paths.counts[code]) / max(total, 1), 3),
        }
        for code in range(PATHS)
    )
    return ViewResult((main, flow), numbers, _trunk(look.capture), rows)


def _numbers(paths: StagePaths) -> tuple[Number, ...]:
    total = max(int(paths.counts.sum()), 1)
    right = [
        Number(f"{name} right", float(share), "%", "Of the labelled pixels.")
        for name, share in zip(STAGES, paths.accuracy, strict=True)
    ]
    codes = np.arange(PATHS)
    fcn, ga, gald = (codes >> 2 & 1) == 1, (codes >> 1 & 1) == 1, (codes & 1) == 1
    moves = (
        ("GA mends", ~fcn & ga, "Wrong at FCN, right at GA."),
        ("GA breaks", fcn & ~ga, "Right at FCN, wrong at GA."),
        ("GALD mends", ~ga & gald, "Wrong at GA, right at GALD."),
        ("GALD breaks", ga & ~gald, "Right at GA, wrong at GALD."),
    )
    changed = [Number(name, paths.counts[chosen].sum() / total, "%", why) for name, chosen, why in moves]
    return *right, *changed, Number("labelled", total, "px", "All evaluated pixels: the paths sum to them.")


def _trunk(capture: Capture) -> str:
    trunk = capture.provenance.get("stage_trunk")
    if not trunk:
        return f"Whether the trunk was frozen while the stage classifiers were trained is not recorded. {ALONE}"
    return f"The stage classifiers were trained with the trunk {trunk}. {ALONE}"


VIEW = View(
    name="stages",
    title="Stage predictions",
    short="Stages",
    question="What do global aggregation and local distribution each mend, and what do they break?",
    order=4,
    stages=NEEDED,
    missing=missing,
    controls=controls,
    render=render,
)
