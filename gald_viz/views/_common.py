"""What several views need."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gald_viz.types import Capture, Control, Number

OPACITY = Control(
    "opacity",
    "Opacity",
    "slider",
    0.6,
    minimum=0.0,
    maximum=1.0,
    step=0.05,
    help="How much of the photograph the colours cover.",
)
BAND = Control(
    "band",
    "Boundary band (px)",
    "slider",
    5,
    minimum=1,
    maximum=20,
    help="Pixels on either side of a label boundary that count as boundary.",
)


def network_name(capture: Capture) -> str:
    """The checkpoint's name, or words for a network that has none."""
    return str(capture.provenance.get("checkpoint") or "this network")


def has_no(capture: Capture, what: str, why: str) -> str:
    """The sentence on what a network lacks; of a network of others no more is known than what its adapter names."""
    if "source" in capture.provenance:
        return f"{network_name(capture)} has no {what}: its adapter names none."
    return f"{network_name(capture)} has no {what}{why}"


def regions_of(capture: Capture, label: NDArray[np.int64] | None) -> tuple[NDArray[np.int64], str]:
    """The class ids (H, W) that a number is counted by, and the sentence that says which they are."""
    if label is None:
        return capture.prediction, "Without a label, classes are those of the prediction."
    if not capture.knows(label):
        return capture.prediction, "The label ignores every pixel: classes are those of the prediction."
    return label, "Classes are those of the label."


def subtitle(numbers: Sequence[Number]) -> str:
    """The numbers in one line."""
    return " · ".join(f"{number.name} {number.text}" for number in numbers)
