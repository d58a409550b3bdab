"""What the pages that look into a live network keep between reruns: it is held at a stage, and what an edit did there.

A replay holds tensors, so they are bounded by their bytes; what is drawn is plain arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from apps import store
from apps.shelf import Shelf
from gald_viz.analysis.intervention import Change
from gald_viz.editing import Done, Request, edit_alone, random_change
from gald_viz.probes.replay import Replay
from models.network import Network

MOST_BYTES = 1_000_000_000  # of all replays, which all sessions share


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


@dataclass(frozen=True)
class Asked:
    """An edit of a network's look at a picture, at the cells `where` (h, w) or at all of them."""

    loaded: store.Network
    picture: store.Picture
    request: Request
    where: NDArray[np.bool_] | None = None

    @property
    def key(self) -> tuple[Hashable, ...]:
        """What the edit follows from; how many random ones are asked for is no part of it."""
        painted = None if self.where is None else np.packbits(self.where).tobytes()
        return (self.loaded.sha256, self.picture.digest, replace(self.request, seeds=0), painted)


def edited(asked: Asked) -> Done:
    """Do the edit alone.

    Raises:
        ValueError: if the edit is refused.
    """
    return _edited(asked.key, asked)


@st.cache_data(max_entries=16, show_spinner=False)
def _edited(key: tuple[Hashable, ...], _asked: Asked) -> Done:
    held = replay(_asked.loaded, _asked.picture, _asked.request.stage)
    return edit_alone(held, _asked.request, label_for(_asked.loaded, _asked.picture), _asked.where)


def random_edits(asked: Asked, seeds: Sequence[int], told: Callable[[float, str], object]) -> list[Change]:
    """What random edits of equal size do; told is given the share that is done before each that is not at hand.

    Raises:
        ValueError: if the edit is refused.
    """

    def one(seed: int) -> Change:
        told(seed / len(seeds), f"{seed + 1} of {len(seeds)}")
        held = replay(asked.loaded, asked.picture, asked.request.stage)
        return random_change(held, asked.request, label_for(asked.loaded, asked.picture), asked.where, seed)

    return [_changes().get((asked.key, seed), partial(one, seed), _size) for seed in seeds]


def _size(change: Change) -> int:
    return change.pixels.nbytes + change.iou.nbytes


@st.cache_resource(max_entries=1, show_spinner=False)
def _changes() -> Shelf:
    return Shelf(MOST_BYTES // 100)


def label_for(loaded: store.Network, picture: store.Picture) -> store.Label:
    """The picture's label where it speaks of the network's classes."""
    names = loaded.model.classes.names if isinstance(loaded.model, Network) else ()
    return picture.label if picture.class_names == names else None
