"""Feature separation: do the features that enter the classifier keep the classes apart?

Xiao et al., HFGD, Fig. 4. state["selected"] brings out samples by their numbers; state["frame"] = ONE_FRAME places a
second network's cells in the map of the first one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.layout import Layout, MapChoice, Panel, Source, layout
from gald_viz.analysis.neighbors import Progress
from gald_viz.analysis.separation import error_prone_classes, pure_cells, sample_cells
from gald_viz.figures.linked_points import Album, points_payload
from gald_viz.figures.separation import ClassStyle, sampled_cells_figure, separation_figure
from gald_viz.figures.sheet import Heading
from gald_viz.types import Capture, Control, Look, Number, View, ViewResult
from gald_viz.views._common import network_name, regions_of, subtitle
from gald_viz.views._confused import counted

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
OWN_FRAMES, ONE_FRAME = "a map of its own each", "the map of the first"


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
        Control("per_class", "Cells of a class", "slider", 60, minimum=10, maximum=2500, step=10),
        Control("neighbors", "n_neighbors", "slider", 15, minimum=3, maximum=50, when=umap),
        Control("min_dist", "min_dist", "slider", 0.1, minimum=0.0, maximum=0.95, step=0.05, when=umap),
        Control("seed", "Seed", "slider", 42, minimum=0, maximum=99, help="Of the sample and of UMAP."),
    )


def render(look: Look) -> ViewResult:
    """One scatter a stage or network, and the cells in the image."""
    return drawn(look, laid_out(look))


def laid_out(look: Look, progress: Progress | None = None) -> Layout:
    """The sampled cells in every panel's map; progress is told the share of UMAP's work that is done, 0..1.

    Raises:
        ValueError: if the images hold too few cells of one class.
    """
    sources = _sources(look)
    labels = [regions_of(capture, label)[0] for capture, label in _pairs(look)]
    coarsest = min((one.shape[1:] for source in sources for one in source.features), key=lambda size: size[0] * size[1])
    sample = sample_cells(
        labels, coarsest, _classes(look, labels, coarsest), int(look.state["per_class"]), int(look.state["seed"])
    )
    if len(np.unique(sample.class_id)) < 2 or len(sample) < 5:
        raise ValueError(
            f"a map needs at least 5 cells of 2 classes whose pixels all have one class; here are {len(sample)} of "
            f"{len(np.unique(sample.class_id))}; choose another image or pool several."
        )
    state = look.state
    method = "PCA" if state["method"] == PCA else "UMAP"
    choice = MapChoice(method, int(state["neighbors"]), float(state["min_dist"]), int(state["seed"]))
    sizes = [(label.shape[0], label.shape[1]) for label in labels]
    return layout(sources, sample, sizes, choice, state.get("frame") == ONE_FRAME, progress)


def drawn(look: Look, found: Layout) -> ViewResult:
    """The pictures of a layout with their numbers."""
    capture, sample = look.capture, found.sample
    selected = tuple(int(i) for i in look.state.get("selected") or ())
    style = ClassStyle(capture.class_names, capture.class_colors, selected)
    maps = [(panel_title(panel), panel.embedding) for panel in found.panels]
    limits = [found.limits(number) for number in range(len(maps))]
    scatter = separation_figure(maps, sample, style, heading(look, found), limits=limits)
    here = subtitle([Number("cells of this image", int((sample.image == 0).sum()))])
    cells = sampled_cells_figure(capture.image, sample, 0, style, Heading("The sampled cells", here))
    return ViewResult((scatter, cells), numbers_of(found), note_on(look, found))


def heading(look: Look, found: Layout) -> Heading:
    """What is laid out, and what made the map."""
    embedding = found.panels[0].embedding
    settings = ", ".join(f"{key} {value}" for key, value in embedding.settings.items())
    return Heading(
        f"{embedding.method} of the features, {len(found.sample)} cells of {len(found.sizes)} image(s)",
        f"{settings}; sample seed {int(look.state['seed'])}",
    )


def linked(look: Look, found: Layout) -> dict[str, Any]:
    """What linked_points.js draws of a layout."""
    titles = [panel_title(panel) for panel in found.panels]
    return points_payload(found, titles, album_of(look), heading(look, found))


def album_of(look: Look) -> Album:
    """The images of a look, in the order of its layout."""
    captures = [look.capture, *(capture for capture, _ in look.more)]
    return Album(
        [capture.image for capture in captures],
        [str(capture.provenance.get("image") or "image") for capture in captures],
        [capture.prediction for capture in captures],
        look.capture.class_names,
        look.capture.class_colors,
    )


def panel_title(panel: Panel) -> str:
    """Whose map it is, with its numbers."""
    kept = panel.separation
    return (
        f"{panel.source.title}, {panel.source.stage}<br>silhouette {kept.silhouette:.3f} · "
        f"purity {100 * kept.purity:.0f} % · trust {panel.embedding.trustworthiness:.2f}"
    )


def numbers_of(found: Layout) -> tuple[Number, ...]:
    """Separation in the original space, and how far the map can be believed."""
    numbers = []
    for panel in found.panels:
        who = f" ({panel.source.title})" if len(found.panels) > 1 else ""
        kept = panel.separation
        purity = f"Share of the {kept.neighbors} neighbours of the own class."
        numbers += [
            Number(f"silhouette{who}", kept.silhouette, "", "Original space, Euclidean; 1 is best, -1 worst."),
            Number(f"purity{who}", kept.purity, "%", purity),
            Number(f"trustworthiness{who}", panel.embedding.trustworthiness, "", "How far the map keeps neighbours."),
        ]
        if not np.isnan(panel.reach):
            numbers.append(Number(f"reach{who}", panel.reach, "times", _REACH))
    return *numbers, Number("cells", len(found.sample), "", "Sampled cells whose pixels all have one class.")


def note_on(look: Look, found: Layout) -> str:
    """What a reader of the map must know."""
    _, whose = regions_of(look.capture, look.label)
    note = (
        f"{whose} The same cells are used in every panel. Distances between groups in a map mean little: "
        "silhouette and purity are measured in the original space."
    )
    if look.state.get("frame") != ONE_FRAME or len(found.panels) < 2:
        return note
    if found.apart:
        return f"{found.apart} {note}"
    return (
        f"The map was fitted on {found.panels[0].source.title} and stays; the other one's cells are placed in it. "
        f"Networks that were trained apart may hold the same in other channels: a reach far above 1 says that the "
        f"place means little, and silhouette and purity do not depend on it. {note}"
    )


_REACH = "Distance to the first network's cells, over their own distance to a neighbour (medians)."


def _pairs(look: Look) -> tuple[tuple[Capture, NDArray[np.int64] | None], ...]:
    return ((look.capture, look.label), *look.more)


def _sources(look: Look) -> list[Source]:
    own = [capture for capture, _ in _pairs(look)]
    chosen = look.state["features"]
    if chosen == THREE:
        return [_source(title, stage, own) for title, stage in _THREE_STAGES.items()]
    sources = [_source(network_name(look.capture), chosen, own)]
    # Both networks must have seen the same images.
    if look.other is not None and len(look.other_more) == len(look.more) and chosen in look.other.stages:
        sources.append(_source(network_name(look.other), chosen, [look.other, *look.other_more]))
    return sources


def _source(title: str, stage: str, captures: Sequence[Capture]) -> Source:
    return Source(title, stage, tuple(capture.stages[stage] for capture in captures))


def _classes(look: Look, labels: Sequence[NDArray[np.int64]], size: tuple[int, int]) -> list[int]:
    """The error-prone classes that have pure cells; without any label the classes with most cells."""
    total, count = len(look.capture.class_names), int(look.state["classes"])
    cells = np.concatenate([pure_cells(label, size, total).ravel() for label in labels])
    pixels = np.bincount(cells[cells >= 0], minlength=total)
    matrix, _ = counted(look)
    order = error_prone_classes(matrix, total) if matrix.any() else np.argsort(-pixels, kind="stable").tolist()
    return sorted([k for k in order if pixels[k] > 0][:count])


VIEW = View(
    name="separation",
    title="Feature separation",
    short="Separation",
    question="Do the features that enter the classifier keep the classes apart?",
    order=5,
    stages=FEATURES,
    missing=missing,
    controls=controls,
    render=render,
    compares=True,
)
