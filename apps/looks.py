"""What pages ask of a shot beyond one drawn view: its own functions, more images, the network before training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import repeat
from typing import Any

import streamlit as st

from apps import store
from apps.roots import confined
from gald_viz.probes.pretrained import with_backbone
from gald_viz.types import Look, View
from models.detection.checkpoint import LoadedDetector
from models.network import LoadedNetwork


def network_before(loaded: store.Network, weights: str) -> store.Network:
    """The network with its backbone from a weights file, made once a process.

    Raises:
        ValueError: as with_backbone, or if the file lies outside of the server's folders.
    """
    if isinstance(loaded, LoadedDetector):
        raise ValueError("the backbone of a detector cannot be replaced here; choose a segmentation network.")
    file = confined(weights, "backbone weights")
    return _network_before(loaded.sha256, weights, file.stat().st_mtime_ns if file.is_file() else 0, loaded)


@st.cache_resource(max_entries=4, show_spinner=False)
def _network_before(sha256: str, weights: str, modified: int, _loaded: LoadedNetwork) -> LoadedNetwork:
    return with_backbone(_loaded, weights)


def look_of(view: View, taken: store.Shot, state: Mapping[str, Any]) -> Look:
    """What the view's own functions take.

    Raises:
        ValueError: if the view does not apply.
    """
    asked = Look(taken.capture, taken.label, state, taken.other, taken.more, taken.other_more)
    return view.look(asked)[0]


def pooled(
    taken: store.Shot, networks: tuple[store.Network, store.Network | None], picture: store.Picture, count: int
) -> Iterator[store.Shot]:
    """The shot with one, two, ... of `count` further images of the picture's split, seen by both networks.

    Args:
        taken: of the picture alone.
        networks: the first, and the second where the shot has one.
        picture: of a data set; a photograph has no further images.
        count: further images.
    """
    first, second = networks
    others = repeat(None) if second is None else store.neighbours(second, picture, count)
    for pair, other in zip(store.neighbours(first, picture, count), others, strict=False):
        seen = () if other is None else (other[0],)
        taken = replace(taken, more=(*taken.more, pair), other_more=(*taken.other_more, *seen))
        yield taken
