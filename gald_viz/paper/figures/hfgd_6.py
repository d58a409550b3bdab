"""How alike the class tokens of networks are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.tokens import cluster_order, cosine_similarity, mean_diagonal, softmax_similarity
from gald_viz.paper.axes import inches, wrapped
from gald_viz.paper.charts import matrix
from gald_viz.paper.figure import Facts, Made, PaperFigure, Place, Role
from gald_viz.paper.studio import Studio
from gald_viz.paper.style import SMALL, TEXT

_BAR = 0.65  # inches of a colour bar with its numbers and name
_STAGE = "tokens"
_ROLES = (
    Role("FCN", "scenes-fcn", (_STAGE,)),
    Role("SemanticFPN", "scenes-sfpn", (_STAGE,)),
    Role("SemanticFPN (HFG)", "scenes-sfpn-hfgm", (_STAGE,)),
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Similarities of the class tokens of every network, classes in the given order.

    Attributes:
        titles: of the networks.
        softmax: (K, K) each, rows sum to 1; drawn above.
        cosine: (K, K) each, -1..1; drawn below.
        names: of the classes, in that order.
        limits: ends of the colours, of the first and of the second.
    """

    titles: tuple[str, ...]
    softmax: tuple[NDArray[np.float64], ...]
    cosine: tuple[NDArray[np.float64], ...]
    names: tuple[str, ...]
    limits: tuple[tuple[float, float], tuple[float, float]]


def compute(studio: Studio) -> Made:
    """softmax(W W^T / sqrt(C)) by row, and the cosine."""
    index = studio.candidates[0]
    tokens = [studio.capture(role.name, index, (_STAGE,)).stages[_STAGE] for role in _ROLES]
    order = cluster_order(tokens[0])
    soft = [softmax_similarity(each)[np.ix_(order, order)] for each in tokens]
    cosine = [cosine_similarity(each)[np.ix_(order, order)] for each in tokens]
    diagonal = [mean_diagonal(each) for each in soft]
    apart = [float(each[~np.eye(len(each), dtype=bool)].mean()) for each in cosine]
    names = tuple(studio.classes.names[k] for k in order)
    titles = tuple(f"{role.name}\nmean diagonal {value:.3f}" for role, value in zip(_ROLES, diagonal, strict=True))
    limits = ((0.0, float(max(each.max() for each in soft))), (float(min(each.min() for each in cosine)), 1.0))
    numbers = {f"mean diagonal of {role.name}": value for role, value in zip(_ROLES, diagonal, strict=True)}
    numbers |= {f"mean cosine of two tokens of {role.name}": v for role, v in zip(_ROLES, apart, strict=True)}
    cosines = ", ".join(f"{role.name} {value:.3f}" for role, value in zip(_ROLES, apart, strict=True))
    says = (
        "Similarity of the rows W of the final classifier; redder is higher. Above: softmax(W Wᵀ / √C) by row; "
        "below: the "
        f"cosine. Mean cosine of two different tokens: {cosines}."
    )
    differs = "the tokens of scenes' 11 classes; with guidance the upsampler and the guide share one set of tokens."
    rule = "classes are ordered by average linkage of the FCN's tokens"
    colours = {"softmax": limits[0], "cosine": limits[1]}
    return Made(
        Tokens(titles, tuple(soft), tuple(cosine), names, limits), Facts(says, differs, rule, "", colours, numbers)
    )


def height(data: Tokens, width: float) -> float:
    """Two rows of square panels, the titles above, the names of the classes below."""
    cell, beside = _cell(data, width)
    lines = max(wrapped(title, cell).count("\n") + 1 for title in data.titles)
    return 2 * cell + beside + lines * TEXT * 1.3 / 72 + 0.25


def draw(data: Tokens, place: Place) -> None:
    """A column a network, each kind with one scale."""
    axes = place.subplots(2, len(data.titles), squeeze=False)
    cell, _ = _cell(data, inches(place)[0])
    for row, (values, limits, quantity) in enumerate(
        ((data.softmax, data.limits[0], "softmax by row"), (data.cosine, data.limits[1], "cosine"))
    ):
        for column, (axis, each) in enumerate(zip(axes[row], values, strict=True)):
            last = column == len(values) - 1
            matrix(each, data.names, axis, limits)
            axis.tick_params(labelbottom=row == 1, labelleft=column == 0, labelsize=_size(data, cell))
            if row == 0:
                axis.set_title(wrapped(data.titles[column], cell))
            if last:
                bar = place.colorbar(axis.images[0], ax=axes[row].tolist(), aspect=18, pad=0.01)
                bar.set_label(quantity)
                bar.outline.set_linewidth(0.3)


def _cell(data: Tokens, width: float) -> tuple[float, float]:
    """Inches of a panel's side, and of the longest name of a class beside it."""
    beside = max(map(len, data.names)) * SMALL * 0.6 / 72 + 0.1
    return (width - beside - _BAR) / len(data.titles), beside


def _size(data: Tokens, cell: float) -> float:
    """Points; names that stand closer than a line is high would overlap."""
    return min(SMALL, 0.85 * cell * 72 / len(data.names))


FIGURES = (
    PaperFigure(
        "hfgd-6",
        "HFGD",
        "Fig. 6",
        "Similarity of class tokens",
        compute,
        draw,
        height,
        roles=_ROLES,
    ),
)
