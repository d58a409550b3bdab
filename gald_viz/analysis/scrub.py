"""How the features of a few cells move while a network learns: every step in the frame of the last one.

A map that is fitted anew at every step turns and flips by itself. Here it is fitted once, on the last step, and the
cells of the other steps are placed in it; the numbers are taken in the original space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.placement import place
from gald_viz.analysis.separation import Embedding, pca_map, silhouette_if_defined, umap_map
from gald_viz.analysis.tokens import mean_diagonal, softmax_similarity

PCA, UMAP = "PCA", "UMAP"
METHODS = (PCA, UMAP)


@dataclass(frozen=True, slots=True)
class Moment:
    """What a network held at a step.

    Attributes:
        step: of the training.
        vectors: (n, C) features of the cells, the same cells at every step.
        tokens: (K, C) class tokens.
    """

    step: int
    vectors: NDArray[np.floating]
    tokens: NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Scrub:
    """The steps of a training in one frame.

    Attributes:
        steps: (s,) rising.
        points: (s, n, 2) the cells in the frame of the last step.
        tokens: (s, K, C).
        silhouette: (s,) in the original space of each step, -1..1, nan with one class.
        diagonal: (s,) mean similarity of a token to itself, in the softmax form.
        frame: the map of the last step.
    """

    steps: NDArray[np.int64]
    points: NDArray[np.float64]
    tokens: NDArray[np.float64]
    silhouette: NDArray[np.float64]
    diagonal: NDArray[np.float64]
    frame: Embedding


def scrub(moments: Sequence[Moment], class_id: NDArray[np.integer], method: str = PCA) -> Scrub:
    """Place every step in the frame of the last.

    Args:
        moments: by rising step.
        class_id: (n,) of the cells.
        method: one of METHODS.

    Raises:
        ValueError: if the method is unknown, there is no moment, the cells are too few, or a step has others.
    """
    if method not in METHODS:
        raise ValueError(f"method is {method!r}, must be one of {METHODS}.")
    shapes = {moment.vectors.shape for moment in moments}
    if len(shapes) != 1:
        raise ValueError(f"the steps hold cells of shapes {sorted(shapes)}; give at least one step, all of one shape.")
    last = moments[-1].vectors.astype(np.float32)
    frame = pca_map(last) if method == PCA else umap_map(last, min(15, len(last) - 1))
    points = [place(frame, last, moment.vectors.astype(np.float32)) for moment in moments[:-1]]
    return Scrub(
        np.array([moment.step for moment in moments]),
        np.stack([*points, frame.points]),
        np.stack([moment.tokens for moment in moments]).astype(np.float64),
        np.array([silhouette_if_defined(moment.vectors, class_id) for moment in moments]),
        np.array([mean_diagonal(softmax_similarity(moment.tokens)) for moment in moments]),
        frame,
    )
