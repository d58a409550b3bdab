"""What the explorer shows, as the page's address: a link that is sent to somebody shows him the same.

Folders of this machine and uploads are left out: the one is nobody else's business, the other nobody else has.
"""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from apps.components.controls import PREFIX
from apps.components.marks import LONGEST, pair_text, read_pair
from apps.sections.clickable import PIXEL
from apps.sections.linked_cells import CELL, PAIR
from apps.sections.linked_points import POINTS, POINTS_ASKED
from apps.sections.network import CHECKPOINT, SECOND
from apps.sections.picture import DATA, IMAGE, split_key
from apps.sections.pooling import MOST, POOLED, POOLING
from apps.store import Picture
from gald_viz.types import Capture, View
from models import zoo

VIEW = f"{PREFIX}view"
_READ = "address.read"
_KNOBS = "."  # VIEW.KNOB=VALUE
_LONGEST = 200  # characters of a value, but for the samples
# view: name in the address, where the session keeps it.
_CELLS = {"errors": ("cell", CELL), "tokens": ("pair", PAIR)}


def read_address() -> None:
    """Take over what the address says, once a session: later the widgets know better."""
    if st.session_state.get(_READ):
        return
    st.session_state[_READ] = True
    given = st.query_params.items()
    asked = {name: value for name, value in given if len(value) <= (LONGEST if name == "points" else _LONGEST)}
    keys = (("view", VIEW), ("network", CHECKPOINT), ("second", SECOND), ("data", DATA))
    for name, key in (*keys, ("image", IMAGE), ("points", POINTS_ASKED)):
        if name in asked:
            st.session_state[key] = asked[name]
    if "data" in asked and "split" in asked:
        st.session_state[split_key(asked["data"])] = asked["split"]
    for name, key in (("pixel", PIXEL), *_CELLS.values()):
        if pair := read_pair(asked.get(name, "")):
            st.session_state[key] = pair
    if asked.get("pooled") in map(str, range(1, MOST + 1)):
        st.session_state[POOLED] = int(asked["pooled"])
    for name, value in asked.items():
        if _KNOBS in name:
            st.session_state[PREFIX + name] = _plain(value)


def write_address(view: View | None, picture: Picture, capture: Capture) -> None:
    """Make the address say what is shown.

    Args:
        view: None for all at once.
        picture: of a data set, or a photograph.
        capture: of the network; a checkpoint that does not ship is left out.
    """
    shown = {"view": str(st.session_state[VIEW])}
    network = str(st.session_state[CHECKPOINT])
    if network in (*zoo.names(), *zoo.detectors()):
        shown["network"] = network
    if picture.place:
        data, _, split, _ = picture.place
        shown |= {"data": data, "split": split, "image": picture.id}
    if PIXEL in st.session_state:
        shown["pixel"] = pair_text(st.session_state[PIXEL])
    if view and view.unfit(capture) is None:
        shown |= _chosen(view, picture)
        shown |= {f"{view.name}{_KNOBS}{name}": json.dumps(value) for name, value in _moved(view, capture).items()}
    if shown != st.query_params.to_dict():
        st.query_params.from_dict(shown)


def _chosen(view: View, picture: Picture) -> dict[str, str]:
    """What the view compares and pools, and what the reader chose in its linked pictures."""
    kept, shown = st.session_state, {}
    if view.compares and kept.get(SECOND) in (*zoo.names(), *zoo.detectors()):
        shown["second"] = str(kept[SECOND])
    if view.name in POOLING and picture.place and kept.get(POOLED, 1) > 1:
        shown["pooled"] = str(kept[POOLED])
    name, key = _CELLS.get(view.name, ("pixel", PIXEL))
    if kept.get(key):
        shown[name] = pair_text(kept[key])
    if view.name == "separation" and kept.get(POINTS):
        shown["points"] = str(kept[POINTS])
    return shown


def _moved(view: View, capture: Capture) -> dict[str, Any]:
    """The controls that are not at their default."""
    kept = {control.key: (control, f"{PREFIX}{view.name}.{control.key}") for control in view.controls(capture)}
    values = {name: st.session_state.get(key, control.default) for name, (control, key) in kept.items()}
    return {name: value for name, value in values.items() if value != kept[name][0].default}


def _plain(text: str) -> Any:
    """A number, word or switch; anything else is what the control will refuse."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, str | int | float | bool) else None
