"""Features of several networks in one sample of cells: what they separate, and where a map puts them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.error import confusion
from gald_viz.analysis.separation import (
    CellSample,
    Embedding,
    Separation,
    error_prone_classes,
    gather_features,
    pca_map,
    pure_cells,
    sample_cells,
    separation,
    umap_map,
)
from gald_viz.paper.axes import inches, wrapped
from gald_viz.paper.charts import scatter
from gald_viz.paper.figure import Place
from gald_viz.paper.legends import class_patches, columns_for
from gald_viz.paper.studio import Studio

_CLASSES, _CELLS, _NEIGHBORS = 8, 40, 10
_LEAST = 10  # pure cells of a class that is drawn
_IMAGES = 6


@dataclass(frozen=True, slots=True)
class Measured:
    """One network's features: in their own space, and on a map where one was made."""

    title: str
    separation: Separation
    embedding: Embedding | None


@dataclass(frozen=True, slots=True)
class Separated:
    """Several networks on the same cells.

    Attributes:
        measured: one a network.
        class_id: (N,) class of each cell.
        names: K class names.
        colors: (K, 3).
    """

    measured: tuple[Measured, ...]
    class_id: NDArray[np.int64]
    names: tuple[str, ...]
    colors: NDArray[np.uint8]


def separate(studio: Studio, stages: tuple[tuple[str, str], ...], method: str) -> Separated:
    """Measure (role, stage) pairs on the same cells of the first candidates.

    Args:
        studio: networks and images.
        stages: role and stage of each.
        method: ``UMAP``, ``PCA`` or empty for no map.

    Raises:
        ValueError: if too few cells have one class.
    """
    indices = studio.candidates[:_IMAGES]
    studio.show(indices)
    labels = [studio.label(index) for index in indices]
    shots = [[studio.capture(role, index, (stage,)).stages[stage] for index in indices] for role, stage in stages]
    sizes = [(values.shape[1], values.shape[2]) for features in shots for values in features]
    sample = _sample(studio, stages[0][0], labels, min(sizes, key=lambda size: size[0] * size[1]))
    measured = []
    for (role, stage), features in zip(stages, shots, strict=True):
        vectors = gather_features(features, sample, [(label.shape[0], label.shape[1]) for label in labels])
        found = separation(vectors, sample.class_id, min(_NEIGHBORS, len(sample) - 1))
        measured.append(Measured(f"{role}\n{stage}", found, _embedded(vectors, method, studio.settings.seed)))
    return Separated(tuple(measured), sample.class_id, studio.classes.names, studio.classes.palette())


def told(data: Separated) -> dict[str, float]:
    """Silhouette, purity and trustworthiness of every network."""
    numbers = {}
    for one in data.measured:
        who = one.title.replace("\n", ", ")
        numbers[f"silhouette of {who}"] = one.separation.silhouette
        numbers[f"purity of {who}"] = one.separation.purity
        if one.embedding is not None:
            numbers[f"trustworthiness of {who}"] = one.embedding.trustworthiness
    return numbers


def draw_maps(data: Separated, place: Place) -> None:
    """The maps side by side with their numbers, and one legend."""
    mapped = [(one, one.embedding) for one in data.measured if one.embedding is not None]
    axes = place.subplots(1, len(mapped), squeeze=False)
    for axis, (one, embedding) in zip(axes[0], mapped, strict=True):
        scatter(embedding, data.class_id, data.names, data.colors, axis)
        axis.set_title(wrapped(one.title, inches(place)[0] / len(mapped)))
        axis.set_aspect("equal", adjustable="datalim")
        axis.set_xlabel(f"silhouette {one.separation.silhouette:.3f}\npurity {100 * one.separation.purity:.0f} %")
    entries = class_patches(data.class_id.tolist(), data.names, data.colors)
    place.legend(handles=entries, loc="outside lower center", ncols=columns_for(entries, inches(place)[0]))


def _sample(studio: Studio, role: str, labels: list[NDArray[np.int64]], size: tuple[int, int]) -> CellSample:
    total = len(studio.classes)
    cells = np.concatenate([pure_cells(label, size, total).ravel() for label in labels])
    pixels = np.bincount(cells[cells >= 0], minlength=total)
    counts = sum(
        confusion(studio.answer(role, index), label, total, studio.classes.ignore_id)
        for index, label in zip(studio.candidates, labels, strict=False)
    )
    prone = error_prone_classes(np.asarray(counts), total)
    classes = sorted([k for k in prone if pixels[k] >= _LEAST][:_CLASSES])
    if len(classes) < 2:
        raise ValueError(f"{len(classes)} classes have {_LEAST} pure cells of {size}; look at more or larger images.")
    return sample_cells(labels, size, classes, _CELLS, studio.settings.seed)


def _embedded(vectors: NDArray[np.float32], method: str, seed: int) -> Embedding | None:
    if not method:
        return None
    return umap_map(vectors, min(15, len(vectors) - 1), seed=seed) if method == "UMAP" else pca_map(vectors)
