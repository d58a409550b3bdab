"""Do the features that enter the classifier keep the classes apart?

Xiao et al., HFGD, Fig. 4 (UMAP of the final features). The numbers are taken in the original space: a map can
show gaps that are not there, so its trustworthiness is given too.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.neighbors import Progress, measured_rows, nearest_neighbors, silhouette, trust
from gald_viz.analysis.resize import cell_at

_MANY, _EPOCHS = 10_000, 100  # UMAP would take 200 epochs of more samples, and 500 of fewer
_NEIGHBOURS_SHARE = 0.2  # of the time
_NO_BAR = {"disable": True}  # in a notebook UMAP's bar would stand below the cell


@dataclass(frozen=True, slots=True)
class CellSample:
    """Positions whose cell holds one class only, as many of each class where there are enough.

    Attributes:
        image: (n,) index of the image.
        x, y: (n,) centre of the cell in image pixels, rounded down.
        class_id: (n,).
    """

    image: NDArray[np.int64]
    x: NDArray[np.int64]
    y: NDArray[np.int64]
    class_id: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.image)


@dataclass(frozen=True, slots=True)
class Separation:
    """How well classes are separated, in the original space.

    Attributes:
        silhouette: mean silhouette, -1..1; nan with fewer than two classes.
        purity: mean share of the k nearest neighbours that have the own class.
        neighbors: k.
    """

    silhouette: float
    purity: float
    neighbors: int


@dataclass(frozen=True, slots=True)
class Embedding:
    """A map of the samples.

    Attributes:
        points: (n, 2).
        method: "PCA" or "UMAP".
        trustworthiness: 0..1, how far neighbours in the map are neighbours in the original space.
        settings: what was used, such as n_neighbors, min_dist, metric, seed.
    """

    points: NDArray[np.float64]
    method: str
    trustworthiness: float
    settings: dict[str, float | int | str]


def pure_cells(labels: NDArray[np.integer], size: tuple[int, int], num_classes: int) -> NDArray[np.int64]:
    """(h, w) class of the cells whose pixels all have one class 0..K-1, -1 for the others.

    Raises:
        ValueError: if the map is larger than the label.
    """
    if size[0] > labels.shape[0] or size[1] > labels.shape[1]:
        raise ValueError(f"the map is {size}, the label is {labels.shape}; cells must not be smaller than pixels.")
    rows, columns = (np.arange(n) * full // n for n, full in zip(size, labels.shape, strict=True))
    low = np.minimum.reduceat(np.minimum.reduceat(labels, rows, axis=0), columns, axis=1)
    high = np.maximum.reduceat(np.maximum.reduceat(labels, rows, axis=0), columns, axis=1)
    return np.where((low == high) & (low >= 0) & (low < num_classes), low, -1).astype(np.int64)


def sample_cells(
    labels: Sequence[NDArray[np.integer]],
    size: tuple[int, int],
    classes: Sequence[int],
    per_class: int,
    seed: int = 0,
) -> CellSample:
    """Draw up to `per_class` pure cells of each class from all images together.

    Args:
        labels: one (H, W) map an image.
        size: (h, w) of the coarsest map that will be read, so that a cell is pure in all.
        classes: class ids to draw.
        per_class: cells of a class at most.
        seed: of the draw.
    """
    found = []
    for index, label in enumerate(labels):
        cells = pure_cells(label, size, max(classes, default=-1) + 1)
        row, column = np.nonzero(cells >= 0)
        y = ((row + 0.5) * label.shape[0] / size[0]).astype(np.int64)
        x = ((column + 0.5) * label.shape[1] / size[1]).astype(np.int64)
        found.append(np.stack([np.full_like(x, index), x, y, cells[row, column]]))
    pool = np.concatenate(found, axis=1) if found else np.zeros((4, 0), dtype=np.int64)
    generator = np.random.default_rng(seed)
    drawn = [np.zeros(0, dtype=np.intp)]
    for class_id in classes:
        members = np.flatnonzero(pool[3] == class_id)
        drawn.append(np.sort(generator.choice(members, min(per_class, len(members)), replace=False)))
    return CellSample(*pool[:, np.concatenate(drawn)])


def gather_features(
    features: Sequence[NDArray[np.floating]], sample: CellSample, image_sizes: Sequence[tuple[int, int]]
) -> NDArray[np.float32]:
    """Feature vectors (n, C) at the sampled positions.

    Args:
        features: one (C, h, w) map an image, in the order that the sample was drawn in.
        sample: positions in image pixels.
        image_sizes: (H, W) of every image.
    """
    vectors = np.empty((len(sample), features[0].shape[0]), dtype=np.float32)
    for i, (image, x, y) in enumerate(zip(sample.image, sample.x, sample.y, strict=True)):
        row, column = cell_at((int(x), int(y)), image_sizes[image], features[image].shape[1:])
        vectors[i] = features[image][:, row, column]
    return vectors


def error_prone_classes(confusion: NDArray[np.integer], count: int) -> tuple[int, ...]:
    """Up to `count` labelled classes with the lowest recall, lowest first; confusion: (K, K), rows are labels."""
    pixels = confusion.sum(axis=1)
    recall = np.divide(np.diag(confusion), pixels, out=np.full(len(pixels), np.inf), where=pixels > 0)
    order = np.argsort(recall, kind="stable")
    return tuple(int(k) for k in order[np.isfinite(recall[order])][:count])


def separation(vectors: NDArray[np.floating], class_id: NDArray[np.integer], neighbors: int = 10) -> Separation:
    """Silhouette and k-NN purity of (n, C) vectors, Euclidean, in their own space; of many on an even choice of them.

    Raises:
        ValueError: if there are not more vectors than neighbours.
    """
    rows = measured_rows(len(vectors))
    nearest, _ = nearest_neighbors(vectors, neighbors, rows)
    purity = float((class_id[nearest] == class_id[rows, None]).mean())
    return Separation(silhouette_if_defined(vectors, class_id), purity, neighbors)


def silhouette_if_defined(vectors: NDArray[np.floating], class_id: NDArray[np.integer]) -> float:
    """Silhouette of (n, C) vectors of classes (n,), nan of one class alone or of no class with two of them."""
    defined = 2 <= len(np.unique(class_id)) < len(class_id)
    return silhouette(vectors, class_id) if defined else float("nan")


def pca_map(vectors: NDArray[np.floating]) -> Embedding:
    """The two directions of largest variance of vectors (N, C): instant, linear, the same every time.

    Raises:
        ValueError: if there are fewer than five vectors.
    """
    _check_count(vectors)
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    left, scale, directions = np.linalg.svd(centred, full_matrices=False)
    points = np.zeros((len(vectors), 2))
    used = min(2, len(scale))
    # The sign of a direction is arbitrary; the largest entry positive makes it repeatable.
    peak = np.abs(directions[:used]).argmax(axis=1)
    sign = np.where(directions[np.arange(used), peak] < 0, -1.0, 1.0)
    points[:, :used] = left[:, :used] * scale[:used] * sign
    return Embedding(points, "PCA", map_trust(vectors, points), {"metric": "euclidean"})


def umap_map(
    vectors: NDArray[np.floating],
    n_neighbors: int = 15,
    min_dist: float = 0.1,
    seed: int = 42,
    progress: Progress | None = None,
) -> Embedding:
    """UMAP on exact neighbours; the seed makes it bit-identical on one machine.

    Args:
        vectors: (n, C).
        n_neighbors: of the graph, the sample itself included; at most n - 1.
        min_dist: how tightly points may lie, 0..1.
        seed: of the layout.
        progress: told the share that is done, 0..1; what it raises ends the work.

    Raises:
        ValueError: if there are too few vectors.
    """
    _check_count(vectors)
    told = progress or (lambda _share: None)
    nearest, distance = nearest_neighbors(
        vectors, n_neighbors - 1, progress=lambda share: told(_NEIGHBOURS_SHARE * share)
    )
    own = np.arange(len(vectors))[:, None]
    index = np.concatenate([own, nearest], axis=1)
    length = np.concatenate([np.zeros_like(own, dtype=np.float64), distance], axis=1).astype(np.float32)
    settings = {"n_neighbors": n_neighbors, "min_dist": min_dist, "metric": "euclidean", "seed": seed}
    epochs = _EPOCHS if len(vectors) > _MANY else None
    if epochs:
        settings["epochs"] = epochs
    with warnings.catch_warnings():
        # Of no concern here: only ParametricUMAP needs tensorflow, and no new points are placed.
        warnings.simplefilter("ignore", ImportWarning)
        warnings.filterwarnings("ignore", message="precomputed_knn", category=UserWarning)
        import umap  # takes seconds, so only who asks for this map pays

        epochs_told = _Epochs(lambda share: told(_NEIGHBOURS_SHARE + (1 - _NEIGHBOURS_SHARE) * share))
        fit = umap.UMAP(
            n_neighbors=n_neighbors,
            min_dist=min_dist,
            random_state=seed,
            n_jobs=1,
            n_epochs=epochs,
            precomputed_knn=(index, length),
            tqdm_kwds=epochs_told.asked if progress else _NO_BAR,
        )
        points = np.asarray(fit.fit_transform(vectors.astype(np.float32)), dtype=np.float64)
    return Embedding(points, "UMAP", map_trust(vectors, points), settings)


def map_trust(vectors: NDArray[np.floating], points: NDArray[np.float64]) -> float:
    """Trustworthiness of a map (n, 2) of vectors (n, C), 0..1; nan of too few to have neighbours."""
    neighbors = min(5, (len(vectors) - 1) // 2)
    return trust(vectors, points, neighbors) if neighbors > 0 else float("nan")


class _Epochs:
    """The file that UMAP's own progress bar writes to: it tells after some epochs how many are done."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._thread, self._ended = progress, threading.get_ident(), False

    @property
    def asked(self) -> dict[str, object]:
        """What UMAP hands to its bar."""
        return {"file": self, "disable": False, "bar_format": "{n}/{total}", "mininterval": 0.2}

    def write(self, text: str) -> None:
        """Tell what the bar shows, unless it is closed after an error or looked after by another thread."""
        done, _, total = text.strip().partition("/")
        if self._ended or not done.isdecimal() or not total.isdecimal() or threading.get_ident() != self._thread:
            return
        try:
            self._progress(int(done) / int(total))
        except BaseException:
            self._ended = True
            raise

    def flush(self) -> None:
        """Nothing waits to be written."""


def _check_count(vectors: NDArray[np.floating]) -> None:
    if len(vectors) < 5:
        raise ValueError(f"a map of {len(vectors)} samples shows nothing; sample at least 5 cells.")
