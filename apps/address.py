"""What the explorer shows, as the page's address: a link that is sent to somebody shows him the same.

Folders of this machine and uploads are left out: the one is nobody else's business, the other nobody else has.
"""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from apps.components.controls import PREFIX
from apps.sections.clickable import PIXEL, pixel_text
from apps.sections.network import CHECKPOINT
from apps.sections.picture import DATA, IMAGE, split_key
from apps.store import Picture
from gald_viz.types import Capture, View
from models import zoo

VIEW = f"{PREFIX}view"
_READ = "address.read"
_KNOBS = "."  # VIEW.KNOB=VALUE
_LONGEST = 200  # characters of a value


def read_address() -> None:
    """Take over what the address says, once a session: later the widgets know better."""
    if st.session_state.get(_READ):
        return
    st.session_state[_READ] = True
    asked = {name: value for name, value in st.query_params.items() if len(value) <= _LONGEST}
    for name, key in (("view", VIEW), ("network", CHECKPOINT), ("data", DATA)):
        if name in asked:
            st.session_state[key] = asked[name]
    if "data" in asked and "split" in asked:
        st.session_state[split_key(asked["data"])] = asked["split"]
    if "image" in asked:
        st.session_state[IMAGE] = asked["image"]
    if pixel := _pixel(asked.get("pixel", "")):
        st.session_state[PIXEL] = pixel
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
        shown["pixel"] = pixel_text(st.session_state[PIXEL])
    if view and view.unfit(capture) is None:
        shown |= {f"{view.name}{_KNOBS}{name}": json.dumps(value) for name, value in _moved(view, capture).items()}
    if shown != st.query_params.to_dict():
        st.query_params.from_dict(shown)


def _moved(view: View, capture: Capture) -> dict[str, Any]:
    """The controls that are not at their default."""
    kept = {control.key: (control, f"{PREFIX}{view.name}.{control.key}") for control in view.controls(capture)}
    values = {name: st.session_state.get(key, control.default) for name, (control, key) in kept.items()}
    return {name: value for name, value in values.items() if value != kept[name][0].default}


def _pixel(text: str) -> tuple[int, int] | None:
    x, _, y = text.partition(",")
    return (int(x), int(y)) if x.isdecimal() and y.isdecimal() and max(len(x), len(y)) < 7 else None


def _plain(text: str) -> Any:
    """A number, word or switch; anything else is what the control will refuse."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, str | int | float | bool) else None
