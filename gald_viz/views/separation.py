"""Feature separation: do the features that enter the classifier keep the classes apart?

Xiao et al., HFGD, Fig. 4.
"""

from __future__ import annotations

from collections.abc import Sequence

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
from gald_viz.figures.separation import ClassStyle, sampled_cells_figure, separation_figure
from gald_viz.figures.sheet import Heading
from gald_viz.types import Capture, Control, Look, Number, View, ViewResult
from gald_viz.views._common import network_name, regions_of, subtitle

FEATURES = (
    "classifier.features",
    "gald.features",
    "ga.context",
    "fcn.features",
    "fusion.features",
    "backbone.c5",
    "backbone.c4",
)
THREE = "FCN, GA and GALD"
_THREE_STAGES = {"FCN": "fcn.features", "GA": "ga.context", "GALD": "gald.features"}
PCA, UMAP = "PCA (instant)", "UMAP (seconds)"
_PURITY_NEIGHBORS = 10


def missing(capture: Capture) -> str | None:
    """Why there are no features."""
    if any(name in capture.stages for name in FEATURES):
        return None
    return f"{network_name(capture)} has none of the stages {', '.join(FEATURES)}: no features to map."


def controls(capture: Capture) -> tuple[Control, ...]:
    """Which features, which map, which sample."""
    choices = [name for name in FEATURES if name in capture.stages]
    if all(name in capture.stages for name in _THREE_STAGES.values()):
        choices.append(THREE)
    classes = len(capture.class_names)
    umap = ("method", (UMAP,))
    return (
        Control("features", "Features", "select", choices[0], options=tuple(choices)),
        Control("method", "Map", "select", PCA, options=(PCA, UMAP), help="UMAP compiles on its first use."),
        Control("classes", "Classes", "slider", min(8, classes), minimum=min(2, classes), maximum=classes),
        Control("per_class", "Cells of a class", "slider", 60, minimum=10, maximum=200, step=10),
        Control("neighbors", "n_neighbors", "slider", 15, minimum=3, maximum=50, when=umap),
        Control("min_dist", "min_dist", "slider", 0.1, minimum=0.0, maximum=0.95, step=0.05, when=umap),
        Control("seed", "Seed", "slider", 42, minimum=0, maximum=99, help="Of the sample and of UMAP."),
    )


def render(look: Look) -> ViewResult:
    """One scatter a stage or network, and the cells in the image."""
    panels = _panels(look)
    pairs = ((look.capture, look.label), *look.more)
    labels = [regions_of(capture, label)[0] for capture, label in pairs]
    sizes = [capture.stages[stage].shape[1:] for _, stage, captures in panels for capture in captures]
    coarsest = min(sizes, key=lambda size: size[0] * size[1])
    sample = sample_cells(
        labels,
        coarsest,
        _classes(look, pairs, labels, coarsest),
        int(look.state["per_class"]),
        int(look.state["seed"]),
    )
    if len(np.unique(sample.class_id)) < 2 or len(sample) < 5:
        raise ValueError(
            f"{len(sample)} cells of {len(np.unique(sample.class_id))} class(es) hold one class only, "
            "at least 5 cells of 2 classes are needed; choose another image or pool several."
        )
    maps, measured = _measure(look, panels, sample, [label.shape for label in labels])
    numbers = _numbers(maps, measured, sample)
    return _draw(look, maps, sample, numbers)


def _panels(look: Look) -> list[tuple[str, str, tuple[Capture, ...]]]:
    """(title, stage, captures of all images) of every panel."""
    own = (look.capture, *(capture for capture, _ in look.more))
    chosen = look.state["features"]
    if chosen == THREE:
        return [(title, stage, own) for title, stage in _THREE_STAGES.items()]
    panels = [(network_name(look.capture), chosen, own)]
    # The second network is known on this image only, so pooling and comparing exclude each other.
    if look.other is not None and not look.more and chosen in look.other.stages:
        panels.append((network_name(look.other), chosen, (look.other,)))
    return panels


def _classes(
    look: Look,
    pairs: Sequence[tuple[Capture, NDArray[np.int64] | None]],
    labels: Sequence[NDArray[np.int64]],
    size: tuple[int, int],
) -> list[int]:
    """The error-prone classes that have pure cells; without any label the classes with most cells."""
    total, count = len(look.capture.class_names), int(look.state["classes"])
    cells = np.concatenate([pure_cells(label, size, total).ravel() for label in labels])
    pixels = np.bincount(cells[cells >= 0], minlength=total)
    matrix = np.zeros((total, total), dtype=np.int64)
    for capture, label in pairs:
        if label is not None:
            matrix += confusion(capture.prediction, label, total, capture.ignore_id)
    order = error_prone_classes(matrix, total) if matrix.any() else np.argsort(-pixels, kind="stable").tolist()
    return sorted([k for k in order if pixels[k] > 0][:count])


def _measure(
    look: Look,
    panels: Sequence[tuple[str, str, tuple[Capture, ...]]],
    sample: CellSample,
    sizes: Sequence[tuple[int, ...]],
) -> tuple[list[tuple[str, Embedding]], list[Separation]]:
    maps, measured = [], []
    for title, stage, captures in panels:
        vectors = gather_features([c.stages[stage] for c in captures], sample, [(s[0], s[1]) for s in sizes])
        result = separation(vectors, sample.class_id, min(_PURITY_NEIGHBORS, len(sample) - 1))
        embedding = _embed(look, vectors)
        measured.append(result)
        maps.append(
            (
                f"{title}, {stage}<br>silhouette {result.silhouette:.3f} · "
                f"purity {100 * result.purity:.0f} % · trust {embedding.trustworthiness:.2f}",
                embedding,
            )
        )
    return maps, measured


def _embed(look: Look, vectors: NDArray[np.float32]) -> Embedding:
    if look.state["method"] == PCA:
        return pca_map(vectors)
    neighbors = min(int(look.state["neighbors"]), len(vectors) - 1)
    return umap_map(vectors, neighbors, float(look.state["min_dist"]), int(look.state["seed"]))


def _numbers(
    maps: Sequence[tuple[str, Embedding]], measured: Sequence[Separation], sample: CellSample
) -> tuple[Number, ...]:
    numbers = []
    for (title, embedding), result in zip(maps, measured, strict=True):
        who = f" ({title.split(',')[0]})" if len(maps) > 1 else ""
        numbers += [
            Number(f"silhouette{who}", result.silhouette, "", "Original space, Euclidean; 1 is best, -1 worst."),
            Number(
                f"purity{who}",
                result.purity,
                "%",
                f"Share of the {result.neighbors} neighbours of the own class.",
            ),
            Number(f"trustworthiness{who}", embedding.trustworthiness, "", "How far the map keeps neighbours."),
        ]
    return *numbers, Number("cells", len(sample), "", "Sampled cells whose pixels all have one class.")


def _draw(
    look: Look, maps: Sequence[tuple[str, Embedding]], sample: CellSample, numbers: tuple[Number, ...]
) -> ViewResult:
    capture = look.capture
    selected = tuple(int(i) for i in look.state.get("selected") or ())
    style = ClassStyle(capture.class_names, capture.class_colors, selected)
    embedding = maps[0][1]
    settings = ", ".join(f"{key} {value}" for key, value in embedding.settings.items())
    images = 1 + len(look.more)
    heading = Heading(
        f"{embedding.method} of the features, {len(sample)} cells of {images} image(s)",
        f"{settings}; sample seed {int(look.state['seed'])}",
    )
    scatter = separation_figure(maps, sample, style, heading)
    here = subtitle([Number("cells of this image", int((sample.image == 0).sum()))])
    cells = sampled_cells_figure(capture.image, sample, 0, style, Heading("The sampled cells", here))
    _, whose = regions_of(capture, look.label)
    note = (
        f"{whose} The same cells are used in every panel. Distances between groups in a map mean little: "
        "silhouette and purity are measured in the original space."
    )
    return ViewResult((scatter, cells), numbers, note)


VIEW = View(
    name="separation",
    title="Feature separation",
    question="Do the features that enter the classifier keep the classes apart?",
    order=5,
    stages=FEATURES,
    missing=missing,
    controls=controls,
    render=render,
    compares=True,
)
