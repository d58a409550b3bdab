"""What the pages that look into a live network keep between reruns: it is held at a stage, and what an edit did there.

A replay holds tensors, so they are bounded by their bytes; what is drawn is plain arrays.
"""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from apps import store
from apps.shelf import Shelf
from gald_viz.editing import Done, Request, do_edit
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
    held = replay(_loaded, _picture, key[2].stage)
    return do_edit(held, key[2], label_for(_loaded, _picture), _where)


def label_for(loaded: store.Network, picture: store.Picture) -> store.Label:
    """The picture's label where it speaks of the network's classes."""
    names = loaded.model.classes.names if isinstance(loaded.model, Network) else ()
    return picture.label if picture.class_names == names else None
