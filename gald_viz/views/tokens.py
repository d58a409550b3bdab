"""Class-token similarity: which classes does the classifier tell apart by nearly the same weights?

Xiao et al., HFGD, Fig. 6.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.error import confusion
from gald_viz.analysis.tokens import (
    ConfusedPair,
    cluster_order,
    cosine_similarity,
    mean_diagonal,
    most_confused_pairs,
    softmax_similarity,
)
from gald_viz.figures import theme
from gald_viz.figures.sheet import Heading
from gald_viz.figures.tokens import TokenMatrix, token_figure
from gald_viz.types import Capture, Control, Look, Number, View, ViewResult
from gald_viz.views._common import has_no, network_name, subtitle

STAGE = "tokens"
SOFTMAX, COSINE = "softmax(W Wᵀ / √C) by row", "cosine"


def missing(capture: Capture) -> str | None:
    """Why there are no tokens."""
    if STAGE in capture.stages:
        return None
    return has_no(capture, "class tokens", ": its last layer holds no vector per class.")


def controls(_capture: Capture) -> tuple[Control, ...]:
    """Form of the similarity, and pairs to list."""
    return (
        Control("form", "Similarity", "select", SOFTMAX, options=(SOFTMAX, COSINE)),
        Control("pairs", "Pairs in the table", "slider", 10, minimum=3, maximum=30),
    )


def render(look: Look) -> ViewResult:
    """The matrix, its difference to a second network, and the most similar pairs."""
    tokens = look.capture.stages[STAGE]
    names = look.capture.class_names
    similarity = _similarity(look, look.capture)
    matrices = [_matrix(look, similarity, network_name(look.capture))]
    numbers = [_diagonal_number("mean of the diagonal", similarity)]
    if look.other is not None:
        second = _similarity(look, look.other)
        name = network_name(look.other)
        matrices.append(_difference(second - similarity, f"{name} minus {network_name(look.capture)}"))
        numbers.append(_diagonal_number(f"mean of the diagonal ({name})", second))
    counts, source = _confusion(look)
    pairs = most_confused_pairs(similarity, int(look.state["pairs"]), counts)
    if pairs:
        closest = pairs[0]
        words = f"{names[closest.first]} and {names[closest.second]}"
        numbers.append(Number(f"closest pair, {words}", closest.similarity, "", "Mean of both directions."))
    heading = Heading(f"Similarity of the {len(names)} class tokens", subtitle(numbers))
    figure = token_figure(matrices, cluster_order(tokens), names, heading)
    note = (
        f"{look.state['form']}, W is {tokens.shape[0]} x {tokens.shape[1]}; classes are ordered by clustering. {source}"
    )
    return ViewResult((figure,), tuple(numbers), note, tuple(_row(pair, names) for pair in pairs))


def _similarity(look: Look, capture: Capture) -> NDArray[np.float64]:
    tokens = capture.stages[STAGE]
    return softmax_similarity(tokens) if look.state["form"] == SOFTMAX else cosine_similarity(tokens)


def _matrix(look: Look, values: NDArray[np.float64], title: str) -> TokenMatrix:
    if look.state["form"] == SOFTMAX:
        # All K values of a row are near 1/K: a scale from zero would show one colour.
        return TokenMatrix(title, values, (float(values.min()), float(values.max())), theme.WEIGHT_SCALE, "softmax")
    return TokenMatrix(title, values, (-1.0, 1.0), theme.DIFFERENCE_SCALE, "cosine")


def _difference(values: NDArray[np.float64], title: str) -> TokenMatrix:
    most = max(float(np.abs(values).max()), 1e-6)
    return TokenMatrix(title, values, (-most, most), theme.DIFFERENCE_SCALE, "difference")


def _diagonal_number(name: str, similarity: NDArray[np.float64]) -> Number:
    return Number(name, mean_diagonal(similarity), "", "Mean similarity of a token to itself.")


def _confusion(look: Look) -> tuple[NDArray[np.int64] | None, str]:
    """Counts of confused pixels and the sentence that says where they were counted."""
    given = look.state.get("confusion")
    if given is not None:
        return np.asarray(given), "Confused pixels are counted on the evaluated data set."
    count = len(look.capture.class_names)
    total = np.zeros((count, count), dtype=np.int64)
    images = 0
    for capture, label in ((look.capture, look.label), *look.more):
        if label is not None:
            total += confusion(capture.prediction, label, count, capture.ignore_id)
            images += 1
    if not images:
        return None, "Without a label, confused pixels cannot be counted."
    return total, f"Confused pixels are counted on {images} image(s)."


def _row(pair: ConfusedPair, names: tuple[str, ...]) -> dict[str, object]:
    row: dict[str, object] = {
        "class": names[pair.first],
        "resembles": names[pair.second],
        "similarity": round(pair.similarity, 4),
    }
    if pair.first_as_second is not None:
        row["px of the first as the second"] = pair.first_as_second
        row["px of the second as the first"] = pair.second_as_first
    return row


VIEW = View(
    name="tokens",
    title="Class-token similarity",
    question="Which classes does the classifier tell apart by nearly the same weights?",
    order=6,
    stages=(STAGE,),
    missing=missing,
    controls=controls,
    render=render,
    compares=True,
)
