"""What the errors of one image consist of, and what mending each kind would give.

In the manner of TIDE (Bolya et al., ECCV 2020, arXiv:2008.08115).
"""

from __future__ import annotations

from typing import Any

from gald_viz.analysis.decomposition import ERRORS, Decomposition, decompose
from gald_viz.figures.decomposition import decomposition_figure, kinds_figure
from gald_viz.figures.error import ErrorScene
from gald_viz.figures.sheet import Heading
from gald_viz.types import Capture, Control, Look, Number, View, ViewResult
from gald_viz.views._common import OPACITY, network_name, subtitle

MEANING = (
    "Missed segment: less than half of the label's segment is found. Boundary shift: the label has the predicted class "
    "within the radius. Hallucinated segment: less than half of the predicted segment is labelled so. Interior "
    "confusion: the rest. The first that holds counts, so every wrong pixel is in one kind. Mended alone, each kind "
    "gives the mIoU shown; the gains do not add up, as an IoU is no sum."
)


def missing(_capture: Capture) -> str | None:
    """Nothing: every network predicts."""
    return None


def controls(_capture: Capture) -> tuple[Control, ...]:
    """Opacity, and how far an outline may be off."""
    radius = Control(
        "radius",
        "Outline radius (px)",
        "slider",
        3,
        minimum=0,
        maximum=12,
        help="How far an outline may be off to be called shifted; a data-set index takes 0.5 % of the diagonal.",
    )
    return OPACITY, radius


def render(look: Look) -> ViewResult:
    """The map of kinds, and the chart of what mending them would give.

    Raises:
        ValueError: without a label.
    """
    capture, label = look.capture, look.label
    if label is None:
        raise ValueError("errors are counted against a label, and there is none.")
    classes, ignore = len(capture.class_names), capture.ignore_id
    result, kinds = decompose(capture.prediction, label, classes, ignore, int(look.state["radius"]))
    scene = ErrorScene(capture.image, label, capture.class_names, capture.class_colors, look.state["opacity"])
    numbers = kind_numbers(result)
    title = f"Kinds of errors of {network_name(capture)}"
    main = kinds_figure(scene, capture.prediction, kinds, Heading(title, subtitle(numbers[1:5])))
    mending = Heading("What mending a kind would give", f"mIoU of this image {numbers[0].text}")
    chart = decomposition_figure(result, capture.class_names, mending)
    return ViewResult((main, chart), numbers, MEANING, kind_rows(result))


def kind_numbers(result: Decomposition) -> tuple[Number, ...]:
    """mIoU, and the share of each kind."""
    shares = [
        Number(name, float(share), "%", "Of the labelled pixels.")
        for name, share in zip(ERRORS, result.share, strict=True)
    ]
    return (Number("mIoU", result.miou, "%", "Mean over the classes in the label or the prediction."), *shares)


def kind_rows(result: Decomposition) -> tuple[dict[str, Any], ...]:
    """One row a kind: pixels, share, and mIoU if it were mended."""
    columns = zip(ERRORS, result.pixels, result.share, result.mended, strict=True)
    return tuple(
        {
            "kind": name,
            "pixels": int(pixels),
            "share %": round(100 * float(share), 3),
            "mIoU % if mended": round(100 * float(mended), 2),
            "gain": round(100 * (float(mended) - result.miou), 2),
        }
        for name, pixels, share, mended in columns
    )


VIEW = View(
    name="decomposition",
    title="Kinds of errors",
    short="Kinds of errors",
    question="Are outlines off, segments missed or made up, or classes confused, and what would mending each give?",
    order=8,
    stages=(),
    missing=missing,
    controls=controls,
    render=render,
    needs_label=True,
)
