"""What the pages that look into a live network keep between reruns: it is held at a stage, and what an edit did there.

A replay holds tensors, so they are bounded by their bytes; what is drawn is plain arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from apps import store
from apps.shelf import Shelf
from gald_viz.analysis.edits import changed_cells, edited, edits_of, random_edit, relative_size
from gald_viz.analysis.intervention import Intervention, intervention
from gald_viz.probes.replay import Replay
from models.network import Network
from models.stages import stages_of

# Those whose change a reader can think about come first.
_FIRST = ("ld.mask", "ld.affinity", "ga.branches", "gald.features", "ga.context")
MOST_BYTES = 1_000_000_000  # of all replays, which all sessions share
_EDITABLE = ("mask", "affinity", "branches", "features")


@dataclass(frozen=True, slots=True)
class Request:
    """An edit as the reader asked for it.

    Attributes:
        stage: where.
        edit: name of one of edits_of the stage.
        amount, seed: what the edit takes.
        baseline: how the random edits are drawn.
        seeds: how many of them.
    """

    stage: str
    edit: str
    amount: float
    seed: int
    baseline: str
    seeds: int


@dataclass(frozen=True, slots=True)
class Done:
    """What an edit did: result, its size beside the stage's values, share of the cells, and whether the value moved."""

    result: Intervention
    size: float
    cells: float
    touched: bool


def editable_stages(loaded: store.Network) -> list[str]:
    """Names of the stages that hold maps, those of GA and LD first."""
    names = [name for name, stage in stages_of(loaded.model).items() if stage.kind in _EDITABLE]
    return sorted(names, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))


def replay(loaded: store.Network, picture: store.Picture, stage: str) -> Replay:
    """The network's look at the picture, held at the stage.

    Raises:
        ValueError: if the image is too small, or the stage holds no map.
    """
    key = (loaded.sha256, picture.digest, stage)
    return _replays().get(key, lambda: Replay(loaded, picture.image, stage), lambda made: made.nbytes)


@st.cache_resource(max_entries=1, show_spinner=False)
def _replays() -> Shelf:
    return Shelf(MOST_BYTES)


def intervened(
    loaded: store.Network, picture: store.Picture, request: Request, where: NDArray[np.bool_] | None
) -> Done:
    """Do the edit at the cells `where` (h, w), and as many random ones.

    Raises:
        ValueError: if the edit is refused.
    """
    painted = None if where is None else np.packbits(where).tobytes()
    return _intervened((loaded.sha256, picture.digest, request, painted), loaded, picture, where)


@st.cache_data(max_entries=16, show_spinner=False)
def _intervened(
    key: tuple[str, str, Request, bytes | None],
    _loaded: store.Network,
    _picture: store.Picture,
    _where: NDArray[np.bool_] | None,
) -> Done:
    request, held = key[2], replay(_loaded, _picture, key[2].stage)
    kind = edits_of(held.info)[request.edit]
    changed = edited(held.value, kind, request.amount, request.seed, _where)
    cells = changed_cells(held.value, changed)
    # Where nothing is changed, a random edit of equal size changes nothing either.
    seeds = range(request.seeds if cells.any() else 0)
    drawn = (random_edit(held.value, changed, held.info["kind"], request.baseline, seed) for seed in seeds)
    model = _loaded.model
    result = intervention(
        (held.answer, held.run(changed)),
        [held.run(value) for value in drawn],
        label_for(_loaded, _picture),
        len(model.classes),
        model.classes.ignore_id,
    )
    return Done(result, relative_size(held.value, changed), float(cells.mean()), bool(cells.any()))


def label_for(loaded: store.Network, picture: store.Picture) -> store.Label:
    """The picture's label where it speaks of the network's classes."""
    names = loaded.model.classes.names if isinstance(loaded.model, Network) else ()
    return picture.label if picture.class_names == names else None
