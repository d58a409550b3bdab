"""Class-token similarity: which classes does the classifier tell apart by nearly the same weights?

Xiao et al., HFGD, Fig. 6. The matrix links to the image: state["pair"] = (class, class) marks the regions where the two
are taken for each other.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

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
from gald_viz.views._confused import Cell, chosen_cell, counted, marked

STAGE = "tokens"
PAIR = "pair"
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
    """The matrix, a second network's and their difference, the most similar pairs, and the regions of a chosen one."""
    chosen = chosen_cell(look, PAIR)
    matrix = similarity(look, chosen)
    regions = None if chosen is None else confused(look, chosen)
    return matrix if regions is None else replace(matrix, figures=(*matrix.figures, *regions.figures))


def similarity(look: Look, chosen: Cell | None = None) -> ViewResult:
    """The matrices with the chosen pair framed, and the table of the most similar pairs."""
    tokens, names = look.capture.stages[STAGE], look.capture.class_names
    values = _similarity(look, look.capture)
    matrices = [_matrix(look, values, network_name(look.capture))]
    numbers = [_diagonal_number("mean of the diagonal", values)]
    if look.other is not None:
        matrices, further = _compared(look, matrices[0])
        numbers += further
    pairs, source = pairs_of(look), _confusion(look)[1]
    if pairs:
        closest = pairs[0]
        words = f"{names[closest.first]} and {names[closest.second]}"
        numbers.append(Number(f"closest pair, {words}", closest.similarity, "", "Mean of both directions."))
    heading = Heading(f"Similarity of the {len(names)} class tokens", subtitle(numbers))
    figure = token_figure(matrices, cluster_order(tokens), names, heading, chosen)
    note = (
        f"{look.state['form']}, W is {tokens.shape[0]} x {tokens.shape[1]}; classes are ordered by clustering"
        f"{'' if look.other is None else ' the first network, the same in all matrices'}. {source}"
    )
    return ViewResult((figure,), tuple(numbers), note, tuple(_row(pair, names) for pair in pairs))


def pairs_of(look: Look) -> tuple[ConfusedPair, ...]:
    """The pairs of classes with the most similar tokens."""
    return most_confused_pairs(_similarity(look, look.capture), int(look.state["pairs"]), _confusion(look)[0])


def confused(look: Look, pair: Cell) -> ViewResult | None:
    """Where the image has pixels of one class of the pair taken for the other; None without a label or of one class."""
    if look.label is None or pair[0] == pair[1]:
        return None
    names = look.capture.class_names
    title = f"Taken for each other: {names[pair[0]]} and {names[pair[1]]}"
    result = marked(look.capture, look.label, [pair, pair[::-1]], title)
    if not look.more:
        return result
    counts, images = counted(look)
    total = int(counts[pair] + counts[pair[::-1]])
    pooled = Number("pixels in all pooled images", total, "px", f"Both directions, in {images} labelled images.")
    return replace(result, numbers=(*result.numbers, pooled))


def _compared(look: Look, first: TokenMatrix) -> tuple[list[TokenMatrix], list[Number]]:
    """Both matrices on one scale with their difference, and the second one's number."""
    if look.other is None:
        return [first], []
    values, name = _similarity(look, look.other), network_name(look.other)
    second = _matrix(look, values, name)
    limits = (min(first.limits[0], second.limits[0]), max(first.limits[1], second.limits[1]))
    change = values - first.values
    matrices = [replace(first, limits=limits), replace(second, limits=limits)]
    most = max(float(np.abs(change).max()), 1e-6)
    matrices.append(TokenMatrix("second minus first", change, (-most, most), theme.DIFFERENCE_SCALE, "difference"))
    moved = Number(
        "largest difference", float(np.abs(change).max()), "", "Of all pairs of classes, second minus first."
    )
    return matrices, [_diagonal_number(f"mean of the diagonal ({name})", values), moved]


def _similarity(look: Look, capture: Capture) -> NDArray[np.float64]:
    tokens = capture.stages[STAGE]
    return softmax_similarity(tokens) if look.state["form"] == SOFTMAX else cosine_similarity(tokens)


def _matrix(look: Look, values: NDArray[np.float64], title: str) -> TokenMatrix:
    if look.state["form"] == SOFTMAX:
        # All K values of a row are near 1/K: a scale from zero would show one colour.
        return TokenMatrix(title, values, (float(values.min()), float(values.max())), theme.WEIGHT_SCALE, "softmax")
    return TokenMatrix(title, values, (-1.0, 1.0), theme.DIFFERENCE_SCALE, "cosine")


def _diagonal_number(name: str, similarity: NDArray[np.float64]) -> Number:
    return Number(name, mean_diagonal(similarity), "", "Mean similarity of a token to itself.")


def _confusion(look: Look) -> tuple[NDArray[np.int64] | None, str]:
    """Counts of confused pixels and the sentence that says where they were counted."""
    given = look.state.get("confusion")
    if given is not None:
        return np.asarray(given), "Confused pixels are counted on the evaluated data set."
    total, images = counted(look)
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
    short="Tokens",
    question="Which classes does the classifier tell apart by nearly the same weights?",
    order=6,
    stages=(STAGE,),
    missing=missing,
    controls=controls,
    render=render,
    compares=True,
)
