"""What UMAP can and cannot say."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from apps.lessons._lesson import Lesson, Outcome, Picture, State
from apps.lessons._pictures import COLORS, NAMES, SCENE, class_control, look, scene
from gald_viz.analysis.separation import (
    CellSample,
    Embedding,
    gather_features,
    pca_map,
    sample_cells,
    separation,
    umap_map,
)
from gald_viz.analysis.teach_map import gap, pushed_away, shuffled
from gald_viz.figures.separation import ClassStyle, separation_figure
from gald_viz.figures.sheet import Heading
from gald_viz.types import Control, Number

_NETWORK, _STAGE = "scenes-fcn", "classifier.features"
_PER_CLASS, _FEWEST = 16, 5
_NEIGHBORS = 5  # of the purity
_HARDLY, _AS_MUCH = 1.5, 0.7
_AS_IT_IS, _SHUFFLED = "as they are", "shuffled: no class structure"


def run(state: State) -> Outcome:
    """The same cells with one class at two distances that are known, in PCA and in UMAP."""
    sample, vectors = _cells(state["scene"])
    kind = NAMES.index(state["class"])
    if (sample.class_id == kind).sum() < _FEWEST:
        raise ValueError(
            f"scene {state['scene']} has fewer than {_FEWEST} whole cells of {state['class']}; choose another."
        )
    if state["features"] == _SHUFFLED:
        vectors = shuffled(vectors, state["seed"])
    both = [pushed_away(vectors, sample.class_id, kind, state[key]) for key in ("first", "then")]
    settings = min(state["neighbors"], len(vectors) - 1), state["min_dist"], state["seed"]
    pairs = {"PCA": [pca_map(one) for one in both], "UMAP": [_umap(one, *settings) for one in both]}
    grown = {name: _ratio([one.points for one in pair], sample, kind) for name, pair in pairs.items()}
    true = _ratio(both, sample, kind)
    measured = separation(vectors, sample.class_id, _NEIGHBORS)
    numbers = (
        Number("gap in the UMAP map", grown["UMAP"], "times", "Distance of centres, the second map over the first."),
        Number("gap in the PCA map", grown["PCA"], "times", "The same."),
        Number("true gap", true, "times", "In the original space."),
        Number("purity in the original space", measured.purity, "%", f"Of the {_NEIGHBORS} nearest neighbours."),
        Number("trustworthiness of the UMAP map", pairs["UMAP"][0].trustworthiness, "", "Of the first map."),
    )
    return Outcome(
        pictures=tuple(_maps(name, pairs[name], grown[name], sample, state) for name in ("UMAP", "PCA")),
        numbers=numbers,
        holds=_choice(grown["UMAP"], true),
        because=f"The true gap grew {true:.1f} times, in the UMAP map {grown['UMAP']:.2f} times, in the PCA map "
        f"{grown['PCA']:.2f} times.",
    )


@st.cache_data(max_entries=24, show_spinner=False)
def _cells(number: int) -> tuple[CellSample, NDArray[np.float32]]:
    """Some cells of each class of a scene and what the classifier sees of them."""
    sample = scene(number)
    features = look(_NETWORK, number, (_STAGE,)).stages[_STAGE]
    cells = sample_cells([sample.label], (features.shape[1], features.shape[2]), range(len(NAMES)), _PER_CLASS)
    size = sample.label.shape
    return cells, gather_features([features], cells, [(size[0], size[1])])


@st.cache_data(max_entries=32, show_spinner="UMAP compiles on its first use, half a minute …")
def _umap(vectors: NDArray, neighbors: int, min_dist: float, seed: int) -> Embedding:
    return umap_map(vectors, neighbors, min_dist, seed)


def _choice(map_gap: float, true: float) -> int:
    """Whether the map's gap changed hardly, as much as in truth, or in between; either may have become narrower."""
    seen, there = abs(np.log(map_gap)), abs(np.log(true))
    if seen < np.log(_HARDLY):
        return 0
    return 2 if seen > _AS_MUCH * there else 1


def _ratio(pair: list[NDArray], sample: CellSample, kind: int) -> float:
    first, then = (gap(points, sample.class_id, kind) for points in pair)
    return then / first


def _maps(name: str, pair: list[Embedding], grown: float, sample: CellSample, state: State) -> Picture:
    chosen = np.flatnonzero(sample.class_id == NAMES.index(state["class"]))
    titles = [f"{state['class']} {state[key]:g} times as far as it is" for key in ("first", "then")]
    panels = [
        (f"{title}<br>trustworthiness {one.trustworthiness:.2f}", one) for title, one in zip(titles, pair, strict=True)
    ]
    settings = ", ".join(f"{key} {value}" for key, value in pair[0].settings.items())
    words = f"gap of {state['class']} to the others {grown:.2f} times as wide; {len(sample)} cells; {settings}"
    style = ClassStyle(NAMES, COLORS, tuple(chosen.tolist()))
    figure = separation_figure(panels, sample, style, Heading(f"{name} of the features, {state['features']}", words))
    return Picture(figure, f"Two {name} maps of the same cells, one class at two distances: {words}.")


LESSON = Lesson(
    order=8,
    title="What UMAP can and cannot say",
    question="Which of what we see in a map of features is true?",
    source="HFGD, Fig. 4; McInnes et al., arXiv:1802.03426",
    setting="Cells of a scene are points in the space of the classifier's features ({features}). All cells of {class} "
    "are moved together: in one map their centre is {first} times as far from the centre of the others as it is, "
    "in the other {then} times.",
    ask="How much does the gap differ between the two UMAP maps?",
    choices=("hardly, below 1.5 times", "somewhat", "about as much as in truth"),
    controls=(
        Control("first", "First map: times as far", "slider", 3.0, minimum=1.0, maximum=50.0, step=0.5),
        Control("then", "Second map: times as far", "slider", 30.0, minimum=1.0, maximum=50.0, step=0.5),
        class_control("class", "Class that moves", "road"),
        Control("features", "Features", "select", _AS_IT_IS, options=(_AS_IT_IS, _SHUFFLED)),
        Control("neighbors", "n_neighbors", "slider", 10, minimum=3, maximum=50),
        Control("min_dist", "min_dist", "slider", 0.1, minimum=0.0, maximum=0.95, step=0.05),
        Control("seed", "Seed", "slider", 42, minimum=0, maximum=99),
        SCENE,
    ),
    run=run,
    explanation=(
        "UMAP keeps who is whose neighbour and forgets how far apart strangers are. Once all neighbours of a "
        "class are of the class itself, pushing it further away changes nothing of the neighbours, and so "
        "nothing of the map.",
        "PCA is a projection: what moves far in the original space moves far in the map, if it moves along the two "
        "directions that are shown. It keeps distances and may hide groups.",
        "What the map can say: whether cells of a class have each other for neighbours, and how far to trust that "
        "(trustworthiness). Silhouette and purity are measured in the original space for this reason.",
    ),
    beware=(
        "That a gap, the size of a group or its shape means something: change the seed and n_neighbors and look again.",
        "That groups prove structure: choose the shuffled features, lower n_neighbors, and see clumps without "
        "any class.",
    ),
    notes=(
        "Open this lesson once before the class: the first map of a server compiles for up to half a minute.",
        "Set both distances alike, then only the seed to another value: the gap changes, and nothing in truth did.",
        "Let them find what makes the maps differ after all: first map at 1, where classes are still each other's "
        "neighbours, or an n_neighbors larger than a class.",
        "Shuffled features keep every channel's values and destroy what belongs together: purity falls to chance.",
    ),
)
