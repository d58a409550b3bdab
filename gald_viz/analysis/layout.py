"""Cells of one or more images laid out in a plane, by one network or by several, each with the numbers that back it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.neighbors import Progress
from gald_viz.analysis.placement import place, placed
from gald_viz.analysis.resize import cell_at
from gald_viz.analysis.separation import (
    CellSample,
    Embedding,
    Separation,
    gather_features,
    pca_map,
    separation,
    umap_map,
)

_PURITY_NEIGHBORS = 10


@dataclass(frozen=True, slots=True)
class Source:
    """Where a panel's vectors come from.

    Attributes:
        title: network or stage, for people.
        stage: name of the stage.
        features: one (C, h, w) map an image.
    """

    title: str
    stage: str
    features: tuple[NDArray[np.floating], ...]


@dataclass(frozen=True, slots=True)
class MapChoice:
    """How a map is made.

    Attributes:
        method: ``PCA`` or ``UMAP``; the rest is UMAP's.
        neighbors: cells that a cell is compared with.
        min_dist: smallest distance of two dots.
        seed: of its random start.
    """

    method: str = "PCA"
    neighbors: int = 15
    min_dist: float = 0.1
    seed: int = 42


@dataclass(frozen=True, slots=True)
class Panel:
    """One map of the sampled cells.

    Attributes:
        source: its vectors.
        vectors: (n, C) of the sampled cells.
        embedding: where they lie; of a panel in the frame of the first one they were placed there.
        separation: in the original space.
        reach: as Placement.reach; nan of a panel with a map of its own.
        placed: whether its cells stand in the map of the first panel.
    """

    source: Source
    vectors: NDArray[np.float32]
    embedding: Embedding
    separation: Separation
    reach: float = float("nan")
    placed: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """The same cells in every panel.

    Attributes:
        sample: the cells.
        sizes: (H, W) of every image.
        panels: the maps.
        apart: why a panel that was to stand in the frame of the first one has its own; empty for no such case.
    """

    sample: CellSample
    sizes: tuple[tuple[int, int], ...]
    panels: tuple[Panel, ...]
    apart: str = ""

    def limits(self, number: int) -> NDArray[np.float64]:
        """Lowest and highest x and y of a panel's axes, (2, 2); the same for all panels of one frame."""
        framed = [n for n, panel in enumerate(self.panels) if panel.placed or n == 0]
        points = [self.panels[n].embedding.points for n in (framed if number in framed else [number])]
        together = np.concatenate(points)
        return np.stack([together.min(axis=0), together.max(axis=0)], axis=1)


def layout(
    sources: Sequence[Source],
    sample: CellSample,
    sizes: Sequence[tuple[int, int]],
    choice: MapChoice,
    one_frame: bool = False,
    progress: Progress | None = None,
) -> Layout:
    """Lay the cells out.

    Args:
        sources: one a panel.
        sample: cells, the same for all.
        sizes: (H, W) of every image.
        choice: of the map.
        one_frame: fit the map on the first source and place the others in it, where their vectors are as long.
        progress: told the share of UMAP's work that is done, 0..1; what it raises ends the work.
    """
    panels: list[Panel] = []
    apart = ""
    for source in sources:
        vectors = gather_features(source.features, sample, sizes)
        measured = separation(vectors, sample.class_id, min(_PURITY_NEIGHBORS, len(sample) - 1))
        own, fits = len(vectors[0]), not panels or len(vectors[0]) == len(panels[0].vectors[0])
        if one_frame and panels and fits:
            there = placed(panels[0].embedding, panels[0].vectors, vectors)
            panels.append(Panel(source, vectors, there.embedding, measured, there.reach, placed=True))
            continue
        if one_frame and not fits:
            apart = (
                f"{source.title} has {own} channels at {source.stage} and {panels[0].source.title} "
                f"{len(panels[0].vectors[0])}: a vector of another length has no place in the first map, so it has a "
                "map of its own."
            )
        part = _part(progress, len(panels), 1 if one_frame else len(sources))
        panels.append(Panel(source, vectors, _embedded(vectors, choice, part), measured))
    return Layout(sample, tuple(sizes), tuple(panels), apart)


@dataclass(frozen=True, slots=True)
class Found:
    """A pixel of an image in a layout.

    Attributes:
        image, x, y: the pixel.
        points: (panels, 2) where the cell under it would lie in every map, placed there.
        nearest: the sampled cell of the image that is nearest to it; -1 where the image has none.
        distance: to that cell's centre, pixels; nan where there is none.
    """

    image: int
    x: int
    y: int
    points: NDArray[np.float64]
    nearest: int
    distance: float


def find_pixel(found: Layout, image: int, pixel: tuple[int, int]) -> Found:
    """Where a pixel (x, y) of an image is in the layout.

    Raises:
        ValueError: if there is no such image or pixel.
    """
    if not 0 <= image < len(found.sizes):
        raise ValueError(f"image is {image}, must be in 0..{len(found.sizes) - 1}.")
    points = []
    for panel in found.panels:
        features = panel.source.features[image]
        row, column = cell_at(pixel, found.sizes[image], (features.shape[1], features.shape[2]))
        vector = features[:, row, column].astype(np.float32)[None]
        points.append(place(panel.embedding, panel.vectors, vector)[0])
    here = np.flatnonzero(found.sample.image == image)
    if not len(here):
        return Found(image, *pixel, np.array(points), -1, float("nan"))
    distance = np.hypot(found.sample.x[here] - pixel[0], found.sample.y[here] - pixel[1])
    nearest = int(distance.argmin())
    return Found(image, *pixel, np.array(points), int(here[nearest]), float(distance[nearest]))


def _part(progress: Progress | None, number: int, count: int) -> Progress | None:
    """The progress of one of several pieces of work."""
    return progress and (lambda share: progress(min((number + share) / count, 1.0)))


def _embedded(vectors: NDArray[np.float32], choice: MapChoice, progress: Progress | None) -> Embedding:
    if choice.method == "PCA":
        return pca_map(vectors)
    return umap_map(vectors, min(choice.neighbors, len(vectors) - 1), choice.min_dist, choice.seed, progress)
